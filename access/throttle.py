"""Where sign-in throttling counts: a cache in one table, JSON only, and no count is lost between parallel tries.

allauth reads a history, adds to it and writes it back between `add(lock)` and `delete(lock)`. Here each `add`
also takes an advisory lock that lasts as long as the request's transaction, so the next try reads what
this one has committed; a try that cannot get the lock in allauth's one second is refused. Django's own
DatabaseCache is pickled, and forgets counts when it holds more than 300 of them.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection
from django.utils.crypto import salted_hmac

# How many expired rows one write clears away: enough to keep up, never a long statement.
CLEARED_AT_ONCE = 50

FREE = "SELECT pg_try_advisory_xact_lock(hashtextextended(%(key)s, 0))"
PUT = """
    INSERT INTO access_throttle (cache_key, value, expires) VALUES (%(key)s, %(value)s, %(expires)s)
    ON CONFLICT (cache_key) DO UPDATE SET value = excluded.value, expires = excluded.expires
"""
ADD = PUT + " WHERE access_throttle.expires <= %(now)s"
CLEAR = """
    DELETE FROM access_throttle WHERE cache_key IN (
        SELECT cache_key FROM access_throttle WHERE expires <= %s LIMIT %s FOR UPDATE SKIP LOCKED)
"""


class ThrottleCache(BaseCache):
    """Only what allauth asks of a cache. Keys hold addresses of people and machines: stored as a keyed hash."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def add(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None
    ) -> bool:
        """False where the key is there already, or another transaction is just adding it."""
        row = self._row(key, value, timeout, version)
        with connection.cursor() as cursor:
            cursor.execute(FREE, row)
            if not cursor.fetchone()[0]:
                return False
            cursor.execute(ADD, row)
            return bool(cursor.rowcount)

    def get(self, key: str, default: Any = None, version: Any = None) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT value FROM access_throttle WHERE cache_key = %s AND expires > %s",
                [self._hidden(key, version), self._now()],
            )
            found = cursor.fetchone()
        return json.loads(found[0]) if found else default

    def set(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None
    ) -> None:
        row = self._row(key, value, timeout, version)
        with connection.cursor() as cursor:
            cursor.execute(PUT, row)
            cursor.execute(CLEAR, [row["now"], CLEARED_AT_ONCE])

    def delete(self, key: str, version: Any = None) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM access_throttle WHERE cache_key = %s", [self._hidden(key, version)]
            )
            return bool(cursor.rowcount)

    def clear(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM access_throttle")

    def _row(self, key: str, value: Any, timeout: Any, version: Any) -> dict[str, Any]:
        until = self.get_backend_timeout(timeout)
        if until is None:
            raise ValueError("nothing is kept here for ever")
        return {
            "key": self._hidden(key, version),
            "value": json.dumps(value),
            "expires": datetime.fromtimestamp(until, tz=UTC),
            "now": self._now(),
        }

    def _hidden(self, key: str, version: Any) -> str:
        whole = self.make_key(key, version=version)
        return salted_hmac("access.throttle", whole, algorithm="sha256").hexdigest()

    @staticmethod
    def _now() -> datetime:
        return datetime.now(tz=UTC)
