"""Every failpoint × every fault, one after the other in real processes: what is in the inbox and in the mail afterwards.

A fault that is the mail server's begins at its point and lasts until the next try. A process that is stopped sleeps past
its lease while another one delivers, and then goes on.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Event
from uuid import UUID

import psycopg

from reminders.failpoint import Point
from sspf.processes import end_with_parent
from tests.chaos.mail_server import Mode, set_mode, taken
from tests.chaos.place import Place, fork_server

LEASE, PATIENCE = 1.0, 0.5
# Longer than every waiting before another try.
NEXT_TRY = timedelta(minutes=31)


class Fault(StrEnum):
    KILL = "SIGKILL"
    STOP = "SIGSTOP"
    RAISE = "exception"
    CUT = "database cut"
    LATER = "4xx"
    REFUSES = "5xx"
    SILENT = "timeout"
    DROPS = "drop after 250"


class Planted(Exception):
    """The exception that a test planted."""


@dataclass(frozen=True)
class Result:
    """What came of one combination: how it ended, and how many times the inbox and the mail server got it."""

    point: Point
    fault: Fault
    reached: bool
    notices: int
    inbox: str
    mails: int
    mail: str

    @property
    def told(self) -> tuple[int, str, int, str]:
        return self.notices, self.inbox, self.mails, self.mail


def expected(point: Point, fault: Fault) -> tuple[int, str, int, str]:
    """The promise: the notice exactly once; the mail once, and twice only where the server took it and we could not know."""
    order = list(Point)
    before_smtp = order.index(point) < order.index(Point.MAIL_ACCEPTED)
    mails, status = 1, "sent"
    if fault is Fault.REFUSES and before_smtp:
        mails, status = 0, "dead"
    elif fault in {Fault.SILENT, Fault.DROPS}:
        mails = 2 if before_smtp else 1
    elif fault in {Fault.KILL, Fault.RAISE}:
        mails = 2 if point in {Point.MAIL_ACCEPTED, Point.MAIL_SETTLED} else 1
    elif fault is Fault.STOP:
        # At `settled` it sleeps with the row locked: nobody else can take it.
        mails = 2 if point is Point.MAIL_ACCEPTED else 1
    return 1, "sent", mails, status


def all_of(place: Place, *, at: datetime, owe: Callable[[], tuple[UUID, str]]) -> Iterator[Result]:
    """owe: sets a deadline that is due at `at` and gives (its id, the Message-ID of its mail)."""
    with psycopg.connect(place.superuser, autocommit=True) as database:
        for point in Point:
            for fault in Fault:
                yield _one(place, database, point, fault, at=at, owed=owe())


def _one(
    place: Place,
    database: psycopg.Connection,
    point: Point,
    fault: Fault,
    *,
    at: datetime,
    owed: tuple[UUID, str],
) -> Result:
    deadline, message_id = owed
    set_mode(place.folder, Mode.TAKES)
    reached = fork_server().Event()
    faulty = place
    if fault is Fault.STOP:
        faulty = replace(place, lease=LEASE, patience=PATIENCE)
    with _ending(_begin(faulty, at, point, fault, reached)) as first:
        if fault is Fault.STOP:
            assert reached.wait(30), point
            _sleep_past_the_lease(database)
            tick(place, at)
            os.kill(_pid(first), signal.SIGCONT)
    set_mode(place.folder, Mode.TAKES)
    for _try in range(3):
        database.execute(
            "UPDATE reminders_reminder SET lease_until = now() WHERE status = 'claimed'"
        )
        if not waiting(database):
            break
        at += NEXT_TRY
        tick(place, at)
    status: dict[str, str] = dict(
        database.execute(
            "SELECT channel, status FROM reminders_reminder WHERE deadline_id = %s AND stage = 0",
            [deadline],
        ).fetchall()
    )
    notices = "SELECT count(*) FROM reminders_notice WHERE deadline_id = %s"
    return Result(
        point=point,
        fault=fault,
        reached=reached.is_set(),
        notices=_count(database, notices, deadline),
        inbox=status["inapp"],
        mails=taken(place.folder)[message_id],
        mail=status["mail"],
    )


def waiting(database: psycopg.Connection) -> int:
    """How many reminders of the due day are not through yet."""
    return _count(
        database,
        "SELECT count(*) FROM reminders_reminder"
        " WHERE status IN ('pending', 'claimed', 'unknown') AND stage = 0",
    )


def tick(place: Place, at: datetime) -> None:
    """One whole tick in a process of its own, without a fault."""
    with _ending(_begin(place, at)):
        pass


def _begin(
    place: Place,
    at: datetime,
    point: Point | None = None,
    fault: Fault | None = None,
    reached: Event | None = None,
) -> ForkServerProcess:
    process = fork_server().Process(target=_tick, args=(place, at, point, fault, reached))
    process.start()
    return process


@contextmanager
def _ending(process: ForkServerProcess) -> Iterator[ForkServerProcess]:
    """Until it has ended. One that were left, asleep perhaps, would be waited for without limit when we end ourselves."""
    try:
        yield process
        process.join(120)
        assert process.exitcode is not None, "it does not end"
    finally:
        process.kill()
        process.join(10)
        process.close()


def _pid(process: ForkServerProcess) -> int:
    assert process.pid is not None
    return process.pid


def _sleep_past_the_lease(database: psycopg.Connection) -> None:
    # At some points the row is locked or not yet committed as claimed: then there is no lease to be seen, only time.
    database.execute("SELECT pg_sleep(%s)", [LEASE + 0.1])


def _count(database: psycopg.Connection, query: str, *values: object) -> int:
    row = database.execute(query, values).fetchone()
    assert row is not None
    return int(row[0])


def _tick(
    place: Place, at: datetime, point: Point | None, fault: Fault | None, reached: Event | None
) -> None:
    from reminders import engine, failpoint

    end_with_parent(signal.SIGKILL)
    place.enter("worker")
    if reached is not None and fault is not None:

        def act(here: Point) -> None:
            if here is point and not reached.is_set():
                reached.set()
                _do(fault, place)

        failpoint.plant(act)
    engine.tick(at)


def _do(fault: Fault, place: Place) -> None:
    if fault is Fault.KILL:
        os.kill(os.getpid(), signal.SIGKILL)
    elif fault is Fault.STOP:
        os.kill(os.getpid(), signal.SIGSTOP)
    elif fault is Fault.RAISE:
        raise Planted
    elif fault is Fault.CUT:
        _cut(place)
    else:
        set_mode(place.folder, Mode(fault))


def _cut(place: Place) -> None:
    from django.db import connection

    connection.ensure_connection()
    with psycopg.connect(place.superuser, autocommit=True) as database:
        # With a timeout the server waits until the other one has gone.
        database.execute(
            "SELECT pg_terminate_backend(%s, 10000)", [connection.connection.info.backend_pid]
        )
