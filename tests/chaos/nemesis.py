"""Kills, pauses and restarts one of everything after the other, by a seeded draw."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import redis

from tests.chaos.crew import Crew
from tests.chaos.servers import Servers

# Told: seconds left, faults so far.
Tell = Callable[[float, int], None]
TOLD_EVERY = 15.0


class Nemesis:
    """between: least and most seconds between two faults. pauses: least and most seconds that one lasts."""

    def __init__(
        self,
        crew: Crew,
        servers: Servers,
        *,
        seed: int,
        between: tuple[float, float],
        pauses: tuple[float, float],
        tell: Tell | None = None,
    ) -> None:
        self.done: Counter[str] = Counter()
        self._crew, self._servers = crew, servers
        self._draw = random.Random(seed)
        self._between, self._pauses, self._tell = between, pauses, tell
        self._later: list[tuple[float, Callable[[], None]]] = []
        self._busy: set[str] = set()

    @property
    def kills(self) -> int:
        return sum(count for what, count in self.done.items() if what.startswith("kill"))

    def rage(self, seconds: float) -> None:
        """Until the time is over; then everything that was stopped or killed runs again."""
        over = time.monotonic() + seconds
        next_told = over - seconds + TOLD_EVERY
        while time.monotonic() < over:
            time.sleep(self._draw.uniform(*self._between))
            self._undo(before=time.monotonic())
            self._strike()
            self._crew.start_what_ended()
            if self._tell and time.monotonic() >= next_told:
                next_told += TOLD_EVERY
                self._tell(max(0.0, over - time.monotonic()), self.done.total())
        self._undo(before=float("inf"))
        self._crew.start_what_ended()

    def _strike(self) -> None:
        what = self._draw.choices(
            ["kill", "pause", "kill postgres", "kill valkey", "FLUSHALL", "DEBUG SLEEP"],
            weights=[50, 25, 4, 5, 8, 8],
        )[0]
        name = self._draw.choice(self._crew.names)
        lasts = self._draw.uniform(*self._pauses)
        self._on(what, name, lasts)

    def _on(self, what: str, name: str, lasts: float) -> None:
        servers, crew = self._servers, self._crew
        server = what.removeprefix("kill ")
        if what in {"kill", "pause"} and name in self._busy:
            return
        if server in {"postgres", "valkey"} and server in self._busy:
            return
        if what == "kill":
            crew.kill(name)
            what = f"kill {name.partition('-')[0]}"
        elif what == "pause":
            crew.send(name, signal.SIGSTOP)
            self._after(lasts, name, lambda: crew.send(name, signal.SIGCONT))
        elif what == "kill postgres":
            servers.kill_postgres()
            self._after(lasts / 2, server, servers.postgres.start)
        elif what == "kill valkey":
            servers.kill_valkey()
            self._after(lasts / 2, server, servers.valkey.start)
        else:
            with suppress(redis.exceptions.RedisError):
                if what == "FLUSHALL":
                    servers.empty_valkey()
                else:
                    servers.put_valkey_to_sleep(lasts / 2)
        self.done[what] += 1

    def _after(self, seconds: float, name: str, act: Callable[[], None]) -> None:
        def undo() -> None:
            self._busy.discard(name)
            act()

        self._busy.add(name)
        self._later.append((time.monotonic() + seconds, undo))

    def _undo(self, *, before: float) -> None:
        due = [entry for entry in self._later if entry[0] <= before]
        self._later = [entry for entry in self._later if entry[0] > before]
        for _moment, undo in due:
            undo()
