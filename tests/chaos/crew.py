"""The processes that deliver, and the mail server: each in a group of its own, started again when it has been killed."""

from __future__ import annotations

import os
import random
import signal
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from multiprocessing import parent_process
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import time_machine

from sspf.processes import end_with_parent
from tests.chaos.place import Place, fork_server

Target = Callable[[Place, str], None]


class Crew:
    """What runs, by name."""

    def __init__(self, place: Place, targets: Mapping[str, Target]) -> None:
        self._place = place
        self._targets = targets
        self._processes: dict[str, ForkServerProcess] = {}

    @property
    def names(self) -> list[str]:
        return list(self._targets)

    def start(self, name: str) -> None:
        process = fork_server().Process(
            target=_live, args=(self._targets[name], self._place, name), daemon=False
        )
        process.start()
        self._processes[name] = process

    def group(self, name: str) -> int:
        """The process and all that it has started."""
        pid = self._processes[name].pid
        assert pid is not None
        return pid

    def send(self, name: str, number: signal.Signals) -> None:
        """To its group."""
        with suppress(ProcessLookupError):
            os.killpg(self.group(name), number)

    def kill(self, name: str) -> None:
        process = self._processes[name]
        # Until it has its group it can be reached only by itself.
        process.kill()
        self.send(name, signal.SIGKILL)
        process.join(10)

    def start_what_ended(self) -> None:
        for name, process in self._processes.items():
            if process.exitcode is not None:
                self.start(name)

    def stop(self) -> None:
        for name in self._processes:
            self.kill(name)


def _live(target: Target, place: Place, name: str) -> None:
    os.setsid()
    # However the run ends, this process ends with it, paused or not, and so does what it forks.
    end_with_parent(signal.SIGKILL)
    os.register_at_fork(after_in_child=partial(end_with_parent, signal.SIGKILL))
    run = parent_process()
    if run is None or not run.is_alive():
        return  # It ended while this one began.
    log = os.open(place.folder / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    target(place, name)


def wait_until_open(port: int) -> None:
    """Until the mail server listens; what came before it would be put off."""
    stop_at = time.monotonic() + 60
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < stop_at, "the mail server did not start"
            time.sleep(0.05)


def in_open_hours(place: Place) -> None:
    """The clock by which things are due is the run's, on a working day. Leases stay on PostgreSQL's own."""
    from reminders import clock, engine

    assert place.epoch is not None
    ahead = place.epoch - place.started

    def read() -> clock.Reading:
        reading = clock.read()
        return replace(reading, now=reading.now + ahead)

    engine.trusted_now = partial(clock.trusted_now, read)  # type: ignore[attr-defined]  # only here is the clock another
    time_machine.travel(datetime.now().astimezone() + ahead, tick=True).start()


def mail(place: Place, name: str) -> None:
    from tests.chaos.mail_server import serve

    serve(place.folder, place.smtp_port, place.slow)


def ticker(place: Place, name: str) -> None:
    """As cron with `manage.py tick`."""
    from reminders import engine

    place.enter("worker")
    in_open_hours(place)
    while True:
        with suppress(Exception):
            engine.tick()
        time.sleep(random.uniform(0.2, 1.0))


def worker(place: Place, name: str) -> None:
    from sspf.celery import app

    place.enter("worker")
    in_open_hours(place)
    app.conf.broker_url = place.redis_url
    app.worker_main(
        ["worker", "-c", "1", "-l", "warning", "-n", f"{name}@chaos", "--without-mingle"]
    )


def beat(place: Place, name: str) -> None:
    from sspf.celery import app

    place.enter("worker")
    in_open_hours(place)
    app.conf.broker_url = place.redis_url
    tick = app.conf.beat_schedule["reminders-tick"]
    app.conf.beat_schedule = {"reminders-tick": {**tick, "schedule": 2.0}}
    schedule = Path(place.folder) / f"{name}-{os.getpid()}.schedule"
    app.Beat(schedule=str(schedule), loglevel="warning").run()


OURS: dict[str, Target] = {
    "mail": mail,
    "worker-1": worker,
    "worker-2": worker,
    "ticker-1": ticker,
    "ticker-2": ticker,
    "beat-1": beat,
    "beat-2": beat,
}
