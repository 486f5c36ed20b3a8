"""Real processes: a Celery worker with a real Redis, ticks side by side, and a worker that is killed in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event

import psycopg
import pytest
import redis
from aiosmtpd.smtp import SMTP, Envelope, Session
from celery import Celery
from django.utils import timezone

from access.request_transaction import work
from reminders import engine
from reminders.models import Attempt, Heartbeat, Notice, Reminder
from reminders.queues import QUEUES
from reminders.working_days import local_date, next_open
from tests.reminders.conftest import MailServer, Owing

ROOT = Path(__file__).resolve().parents[2]
Environment = Callable[[str], dict[str, str]]
WORKER = ["-m", "celery", "-A", "sspf", "worker", "-c", "1", "-l", "warning"]
pytestmark = pytest.mark.slow


def until(true: Callable[[], bool], *, seconds: float = 45) -> None:
    stop_at = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < stop_at, "it did not happen in time"
        time.sleep(0.1)


def worker_environment(environment_of: Environment) -> dict[str, str]:
    """A broker database of our own, so that a `make run` beside us takes nothing from it."""
    environment = environment_of("worker")
    broker = environment["SSPF_REDIS_URL"].rsplit("/", 1)[0] + "/13"
    return environment | {"SSPF_REDIS_URL": broker}


@contextmanager
def process(arguments: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    started = subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, env=environment, start_new_session=True
    )
    try:
        yield started
    finally:
        if started.poll() is None:
            os.killpg(started.pid, signal.SIGKILL)
        started.wait(timeout=20)


def notices(owing: Owing) -> int:
    with work(owing.actor):
        return Notice.objects.count()


def test_a_celery_worker_delivers_what_is_due_and_an_emptied_redis_loses_nothing(
    owing: Owing, environment_of: Environment, mail_server: MailServer
) -> None:
    environment = worker_environment(environment_of) | {
        "SSPF_SMTP_URL": f"smtp://127.0.0.1:{mail_server.port}"
    }
    broker = redis.Redis.from_url(environment["SSPF_REDIS_URL"])
    broker.flushdb()
    sender = Celery(broker=environment["SSPF_REDIS_URL"])
    owing.deadline(local_date(timezone.now()) - timedelta(days=1), kind="task_due")
    # A tick that was asked for is lost with Redis; the rows are not.
    sender.send_task("reminders.tick", queue="critical")
    assert broker.llen("critical") == 1
    broker.flushdb()
    with process(WORKER, environment):
        heard_through("critical", sender)
        assert notices(owing) == 0
        sender.send_task("reminders.tick", queue="critical")
        until(lambda: notices(owing) == 1)
        sender.send_task("reminders.tick", queue="critical")
        heard_through("critical", sender)
    assert notices(owing) == 1


def heard_through(queue: str, sender: Celery) -> None:
    """Waits until the one worker of that queue has done all that was asked for before."""
    before = timezone.now()
    sender.send_task("reminders.canary", args=[queue], queue=queue)
    until(Heartbeat.objects.filter(queue=queue, beat_at__gt=before).exists)


def test_what_a_killed_celery_worker_had_begun_is_taken_again_and_told_once(
    owing: Owing,
    environment_of: Environment,
    mail_server: MailServer,
    superuser: psycopg.Connection,
    as_worker: Callable[[], AbstractContextManager[None]],
) -> None:
    """First its pool's process is killed in the middle of a batch, and the message comes again; then all of it, and another one ticks."""
    environment = worker_environment(environment_of) | {
        "SSPF_SMTP_URL": f"smtp://127.0.0.1:{mail_server.port}"
    }
    redis.Redis.from_url(environment["SSPF_REDIS_URL"]).flushdb()
    sender = Celery(broker=environment["SSPF_REDIS_URL"])
    with process(WORKER, environment) as worker:
        in_the_middle_of_a_batch(owing, sender, superuser)
        # Stopped, so that the message comes again only when the batch can be taken again.
        os.kill(worker.pid, signal.SIGSTOP)
        (child,) = children(worker.pid)
        os.kill(child, signal.SIGKILL)
        let_the_batch_go(superuser)
        assert notices(owing) == 0
        os.kill(worker.pid, signal.SIGCONT)
        until(lambda: notices(owing) == 8)
        in_the_middle_of_a_batch(owing, sender, superuser)
        os.killpg(worker.pid, signal.SIGKILL)
        let_the_batch_go(superuser)
    assert notices(owing) == 8
    with as_worker():
        assert engine.tick()["delivered"] == 8
    with work(owing.actor):
        told = Notice.objects.values_list("reminder_id", flat=True)
        assert len(told) == len(set(told)) == 16


def in_the_middle_of_a_batch(owing: Owing, sender: Celery, superuser: psycopg.Connection) -> None:
    """Eight reminders are claimed, and their notices wait for a lock that is kept until `let_the_batch_go`."""
    for _number in range(8):
        owing.deadline(local_date(timezone.now()) - timedelta(days=1), kind="task_due")
    superuser.execute("BEGIN")
    superuser.execute("LOCK TABLE reminders_notice IN EXCLUSIVE MODE")
    sender.send_task("reminders.tick", queue="critical")
    until(lambda: superuser.execute(_WAIT).fetchall() != [])
    claimed = (
        "SELECT count(*) FROM reminders_reminder WHERE status = 'claimed' AND channel = 'inapp'"
    )
    assert superuser.execute(claimed).fetchone() == (8,)


def let_the_batch_go(superuser: psycopg.Connection) -> None:
    """What the killed one had begun in the database is undone, and its leases are over."""
    for (pid,) in superuser.execute(_WAIT).fetchall():
        # With a timeout the server waits until it has gone.
        superuser.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
    superuser.execute("COMMIT")
    superuser.execute("UPDATE reminders_reminder SET lease_until = now() WHERE status = 'claimed'")


# pg_stat_activity would say the same all through one transaction; locks are looked up anew.
_WAIT = "SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'reminders_notice'::regclass"


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_each_queues_canary_comes_through_its_own_worker_and_tells_the_database(
    environment_of: Environment, committed: str
) -> None:
    environment = worker_environment(environment_of)
    broker = redis.Redis.from_url(environment["SSPF_REDIS_URL"])
    broker.flushdb()
    sender = Celery(broker=environment["SSPF_REDIS_URL"])
    for queue in QUEUES:
        sender.send_task("reminders.canary", args=[queue], queue=queue)
    with process([*WORKER, "-Q", "critical"], environment):
        until(lambda: broker.llen("critical") == 0)
        until(lambda: heard() == {"critical"})
        # What waits in the others is not this worker's.
        assert {queue: broker.llen(queue) for queue in QUEUES} == {
            "critical": 0,
            "default": 1,
            "bulk": 1,
        }
    with process([*WORKER, "-Q", "default,bulk"], environment):
        until(lambda: heard() == set(QUEUES))


def heard() -> set[str]:
    return set(Heartbeat.objects.values_list("queue", flat=True))


def test_without_redis_the_command_serves(
    owing: Owing, environment_of: Environment, mail_server: MailServer
) -> None:
    owing.deadline(local_date(timezone.now()) - timedelta(days=1), kind="task_due")
    environment = worker_environment(environment_of) | {
        "SSPF_REDIS_URL": "redis://127.0.0.1:1/0",
        "SSPF_SMTP_URL": f"smtp://127.0.0.1:{mail_server.port}",
    }
    with process(["manage.py", "tick"], environment) as tick:
        assert tick.wait(timeout=60) == 0
    assert notices(owing) == 1


class HoldsBeforeGoodbye(MailServer):
    """Takes the mail with 250 and then keeps the sender waiting for its goodbye."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = Event()
        self.patience = 30.0

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        import asyncio

        self.taken.set()
        await asyncio.sleep(self.patience)
        return "221 Bye"


def test_a_worker_killed_between_the_mail_servers_250_and_its_own_commit_resends_with_the_same_id(
    owing: Owing, environment_of: Environment, superuser: psycopg.Connection
) -> None:
    deadline = owing.deadline(local_date(timezone.now()) - timedelta(days=1), kind="task_due")
    server = HoldsBeforeGoodbye()
    environment = worker_environment(environment_of) | {
        "SSPF_SMTP_URL": f"smtp://127.0.0.1:{server.start()}"
    }
    opens = next_open(timezone.now() + timedelta(days=1)).isoformat()
    command = ["manage.py", "tick", "--at", opens]
    try:
        with process(command, environment) as tick:
            assert server.taken.wait(timeout=60)
            os.killpg(tick.pid, signal.SIGKILL)
            tick.wait(timeout=20)
        assert len(server.mails) == 1
        with work(owing.actor):
            mail = Reminder.objects.get(deadline=deadline, channel="mail", stage=0)
            assert mail.status == "claimed"
        superuser.execute(
            "UPDATE reminders_reminder SET lease_until = now() WHERE status = 'claimed'"
        )
        server.patience = 0.0
        with process(command, environment) as tick:
            assert tick.wait(timeout=60) == 0
    finally:
        server.stop()
    with work(owing.actor):
        mail.refresh_from_db()
        assert mail.status == "sent"
        tried = Attempt.objects.filter(reminder=mail).values_list("outcome", flat=True)
        assert list(tried) == ["started", "started", "accepted"]
    assert len(server.mails) == 2
    assert len({mail["Message-ID"] for mail in server.mails}) == 1
    assert notices(owing) == 1


def test_two_processes_that_tick_at_once_deliver_once(
    owing: Owing, environment_of: Environment, mail_server: MailServer
) -> None:
    for colleague in owing.colleagues(30):
        owing.deadline(
            local_date(timezone.now()) - timedelta(days=1), kind="task_due", responsible=colleague
        )
    environment = worker_environment(environment_of) | {
        "SSPF_SMTP_URL": f"smtp://127.0.0.1:{mail_server.port}"
    }
    opens = next_open(timezone.now()).isoformat()
    command = ["manage.py", "tick", "--at", opens]
    with process(command, environment) as one, process(command, environment) as other:
        assert one.wait(timeout=60) == 0
        assert other.wait(timeout=60) == 0
    assert notices(owing) == 30
    ids = [mail["Message-ID"] for mail in mail_server.mails]
    assert len(ids) == len(set(ids)) == 30
