"""One act after the other, evenly over a time, beside the nemesis."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psycopg
from django.db import Error, connection


class Steady(threading.Thread):
    """`number` acts over `seconds`; one that fails with the database is done anew."""

    def __init__(self, act: Callable[[], None], *, number: int, seconds: float) -> None:
        super().__init__(daemon=True)
        self._act, self._number, self._every = act, number, seconds / number

    def run(self) -> None:
        started, done = time.monotonic(), 0
        while done < self._number:
            time.sleep(max(0.0, started + done * self._every - time.monotonic()))
            try:
                self._act()
            except (Error, psycopg.Error):
                connection.close()
                time.sleep(0.2)
            else:
                done += 1
        connection.close()

    def end(self, seconds: float) -> None:
        """Waits until all is done, for at most a minute more than that long."""
        self.join(seconds + 60)
        assert not self.is_alive(), "it is not done with what was to be done"
