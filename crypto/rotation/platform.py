"""The platform's key: a new version, and every secret sealed with an older one, sealed anew by whoever keeps it."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.db import connection

from crypto import municipality_keys
from crypto.rotation.state import NOBODY, Page, Rotation, TooEarly, change, rows


class PlatformJob:
    """`seal_anew` seals a page of kept secrets anew (crypto.seal.reseal_system); it is given the position.

    older: how long an older key is still needed for what is kept where the rotation does not reach,
    such as in a session.
    """

    kind = "platform"
    municipality_id: UUID = NOBODY
    agency_id: UUID = NOBODY

    def __init__(self, seal_anew: Callable[[str], Page], *, older: timedelta) -> None:
        self._seal_anew = seal_anew
        self._older = older

    def total(self) -> int:
        return 0

    def publish(self, rotation: Rotation) -> bool:
        municipality_keys.platform_key()
        found = rows(
            "SELECT max(version), bool_or(created_at >= %s) FROM keys.platform_key",
            [rotation.started_at],
        )
        newest, made = found[0]
        if not made:
            with connection.cursor() as cursor:
                municipality_keys.make_platform_key(cursor, version=newest + 1)
        return False

    def page(self, rotation: Rotation) -> Page:
        return self._seal_anew(rotation.position)

    def destroy(self, rotation: Rotation) -> int:
        (made,) = rows("SELECT max(created_at), now() FROM keys.platform_key", [])
        if made[0] + self._older > made[1]:
            raise TooEarly(made[0] + self._older)
        change(
            "UPDATE keys.platform_key SET wrapped = NULL, destroyed_at = now() WHERE wrapped IS NOT NULL"
            " AND version < (SELECT max(version) FROM keys.platform_key)",
            [],
        )
        return 0
