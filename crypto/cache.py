"""A small cache that forgets by age."""

import threading
import time
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Cache(Generic[K, V]):
    """Keeps at most `entries` values, none longer than `seconds`; safe between threads."""

    def __init__(self, *, seconds: float, entries: int) -> None:
        self._seconds = seconds
        self._entries = entries
        self._kept: dict[K, tuple[float, V]] = {}
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """Return the value, or None where it is unknown or too old."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            until, value = found
            if until < time.monotonic():
                del self._kept[key]
                return None
            return value

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()

    def put(self, key: K, value: V) -> None:
        """Keep a value; the oldest one goes when there is no room."""
        with self._lock:
            self._kept.pop(key, None)
            while len(self._kept) >= self._entries:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = (time.monotonic() + self._seconds, value)
