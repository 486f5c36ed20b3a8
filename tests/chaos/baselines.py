"""Three common ways to send a reminder, under the same nemesis and with the same mail server.

Each owes one mail for each row of `baseline.debt`. None has a table of attempts, a lease or a fence; that is the comparison.
"""

from __future__ import annotations

import smtplib
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID, uuid4

import psycopg
from celery import Celery

from tests.chaos.crew import Crew, Target, mail
from tests.chaos.mail_server import taken
from tests.chaos.nemesis import Nemesis, Tell
from tests.chaos.place import Place
from tests.chaos.servers import Servers
from tests.chaos.steady import Steady

TABLE = """
DROP SCHEMA IF EXISTS baseline CASCADE;
CREATE SCHEMA baseline;
CREATE TABLE baseline.debt (id uuid PRIMARY KEY, sent boolean NOT NULL DEFAULT false);
"""
# Far below the hour that is Celery's default, so that what is sent again is sent again while we look.
VISIBILITY = 15
QUIET = 25.0
AHEAD = timedelta(seconds=3)


@dataclass(frozen=True)
class Score:
    name: str
    kills: int
    owed: int
    lost: int
    doubled: int


def send_mail(place: Place, debt: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Message-ID"] = "a@x.example", "b@x.example", debt
    message.set_content("x")
    with smtplib.SMTP("127.0.0.1", place.smtp_port, timeout=place.mail_timeout) as server:
        server.send_message(message)


def mark(place: Place, debt: str) -> None:
    with psycopg.connect(place.superuser) as database:
        database.execute("UPDATE baseline.debt SET sent = true WHERE id = %s", [debt])


def eta_app(place: Place) -> Celery:
    """As the guide shows it: `apply_async(eta=…)`, acknowledged before it runs, tried again while the server is away."""
    app = Celery("baseline", broker=place.redis_url)
    app.conf.update(_COMMON)

    @app.task(name="remind", autoretry_for=(OSError, smtplib.SMTPException), **_RETRY)
    def remind(debt: str) -> None:
        send_mail(place, debt)

    return app


def late_app(place: Place) -> Celery:
    """Sent with `on_commit`; acknowledged when it is done; a message of a killed worker is given out again."""
    app = Celery("baseline", broker=place.redis_url)
    app.conf.update(_COMMON, task_acks_late=True, task_reject_on_worker_lost=True)

    @app.task(
        name="remind", autoretry_for=(OSError, smtplib.SMTPException, psycopg.Error), **_RETRY
    )
    def remind(debt: str) -> None:
        with psycopg.connect(place.superuser) as database:
            row = database.execute("SELECT sent FROM baseline.debt WHERE id = %s", [debt])
            if row.fetchone() == (True,):
                return
        send_mail(place, debt)
        mark(place, debt)

    return app


_RETRY: dict[str, Any] = {"default_retry_delay": 1, "max_retries": None, "retry_backoff": False}
_COMMON: dict[str, Any] = {
    "worker_prefetch_multiplier": 1,
    "task_ignore_result": True,
    "worker_hijack_root_logger": False,
    "broker_connection_retry_on_startup": True,
    "broker_transport_options": {"visibility_timeout": VISIBILITY, "unacked_restore_throttle": 1},
}


def eta_worker(place: Place, name: str) -> None:
    eta_app(place).worker_main(_arguments(name))


def late_worker(place: Place, name: str) -> None:
    late_app(place).worker_main(_arguments(name))


def _arguments(name: str) -> list[str]:
    return ["worker", "-c", "1", "-l", "warning", "-n", f"{name}@chaos", "--without-mingle"]


def mark_first(place: Place, name: str) -> None:
    """Healthchecks' order (sendalerts.py): an atomic update takes the row, then it is sent."""
    take = (
        "UPDATE baseline.debt SET sent = true WHERE id = (SELECT id FROM baseline.debt WHERE NOT sent"
        " LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id"
    )
    while True:
        with suppress(psycopg.Error), psycopg.connect(place.superuser, autocommit=True) as database:
            while True:
                row = database.execute(take).fetchone()
                if row is None:
                    time.sleep(0.1)
                    continue
                with suppress(OSError, smtplib.SMTPException):
                    send_mail(place, str(row[0]))
        time.sleep(0.2)


Ask = Callable[[Place, UUID], None]


def _eta(place: Place, debt: UUID) -> None:
    eta_app(place).send_task("remind", [str(debt)], eta=datetime.now(UTC) + AHEAD, retry=False)


def _late(place: Place, debt: UUID) -> None:
    late_app(place).send_task("remind", [str(debt)], retry=False)


def _nothing(place: Place, debt: UUID) -> None:
    return


SYSTEMS: dict[str, tuple[Target, Ask]] = {
    "Celery, ETA task": (eta_worker, _eta),
    "Celery, on_commit + acks_late": (late_worker, _late),
    "marked sent, then sent": (mark_first, _nothing),
}


def measure(
    name: str,
    servers: Servers,
    place: Place,
    *,
    debts: int,
    seconds: float,
    seed: int,
    between: tuple[float, float],
    pauses: tuple[float, float],
    tell: Tell | None = None,
) -> Score:
    """`debts` rows are owed, evenly over the time that the nemesis rages; whoever asks for one asks once."""
    target, ask = SYSTEMS[name]
    with psycopg.connect(servers.superuser, autocommit=True) as database:
        database.execute(TABLE)
    crew = Crew(place, {"mail": mail, "worker-1": target, "worker-2": target})
    nemesis = Nemesis(crew, servers, seed=seed, between=between, pauses=pauses, tell=tell)
    owed = set[str]()

    def borrow() -> None:
        debt = uuid4()
        with psycopg.connect(servers.superuser, autocommit=True, connect_timeout=2) as database:
            database.execute("INSERT INTO baseline.debt (id) VALUES (%s)", [debt])
        owed.add(str(debt))
        # After the commit; where the broker is away, what is not asked for then is asked for never.
        with suppress(Exception):
            ask(place, debt)

    try:
        for member in crew.names:
            crew.start(member)
        steady = Steady(borrow, number=debts, seconds=seconds * 0.9)
        steady.start()
        nemesis.rage(seconds)
        steady.join(seconds + 120)
        assert not steady.is_alive()
        _wait_until_quiet(place)
    finally:
        crew.stop()
    mails = taken(place.folder)
    return Score(
        name=name,
        kills=nemesis.kills,
        owed=len(owed),
        lost=len(owed - mails.keys()),
        doubled=sum(mails[debt] - 1 for debt in owed if mails[debt]),
    )


def _wait_until_quiet(place: Place) -> None:
    """Longer than a message of a killed worker can wait, nothing new has come."""
    before, since = -1, time.monotonic()
    while time.monotonic() < since + QUIET:
        count = taken(place.folder).total()
        if count != before:
            before, since = count, time.monotonic()
        time.sleep(0.5)
