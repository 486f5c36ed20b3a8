"""What was typed in the main story is nowhere in clear: database, Redis, logs, mail. And kill -9 shows nothing."""

from __future__ import annotations

import base64
import logging
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings

from access.actor import Actor
from access.request_transaction import work
from audit.models import AuditEvent
from cases.models import FollowUp, FollowUpState
from tests.cases import steps, talk_steps
from tests.cast import Cast
from tests.site import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
CANARIES = {
    "child": "ZQKANARIEBARN",
    "seen": "ZQKANARIESEDD <b>åäö</b>",
    "place": "ZQKANARIEPLATS",
    "done": "ZQKANARIEGJORT",
    "name": "ZQKANARIENAMN",
    "signed_by": "ZQKANARIESIGN",
    "not_shared": "ZQKANARIEHEMLIG",
    "about": "ZQKANARIEOM",
    "body": "ZQKANARIETEXT",
    "reason": "ZQKANARIESKAL",
    "received_by": "ZQKANARIEMOTTAGARE",
    "attended": "ZQKANARIENARVARO",
    "mapping": "ZQKANARIEKARTLAGGNING",
    "agreed_youth": "ZQKANARIELOFTE",
    "how": "ZQKANARIEUPPFOLJNING",
    "agreed": "ZQKANARIEOVERENS",
}
NUMBER = "20110102-2398"


class Sink:
    """A real SMTP server's end: keeps what it was given."""

    def __init__(self) -> None:
        self.received: list[bytes] = []

    async def handle_DATA(  # noqa: N802 - the name aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        self.received.append(envelope.content)
        return "250 kept"


@pytest.fixture
def mail_sink() -> Iterator[tuple[Sink, int]]:
    sink, port = Sink(), free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    yield sink, port
    controller.stop()


def play(cast: Cast) -> str:
    """The story with a canary in every field that is typed. Gives the case's path."""
    c = CANARIES
    teacher, coordinator = cast.client("larare"), cast.client("koordinator")
    typed = {name: c[name] for name in ("child", "seen", "place", "done")}
    teacher.post("/oro/utkast/", steps.concern_fields(**typed))
    steps.tell(teacher, **typed)
    steps.tell(teacher, **typed)
    case = steps.take(
        coordinator,
        steps.first_link(coordinator, "/inkommet/", "/inkommet/"),
        name=c["name"],
        number=NUMBER,
    )
    coordinator.post(
        steps.first_link(coordinator, "/inkommet/", "/inkommet/"),
        {"act": "decline", "reason": c["reason"]},
    )
    police = cast.membership("polis", code="1495")
    steps.consent(
        coordinator, case, [police.agency_id], signed_by=c["signed_by"], not_shared=c["not_shared"]
    )
    summary = steps.write_summary(coordinator, case, [police.id], about=c["about"], body=c["body"])
    answer = cast.client("chef").post(summary, {"act": "approve", "seen_version": "0"})
    assert answer.status_code == 302
    officer = cast.client("polis", code="1495")
    page = steps.first_link(officer, "/delat-med-oss/", "/delat-med-oss/")
    assert c["body"] in officer.get(page).content.decode()
    typed_in_talk = {name: c[name] for name in ("attended", "mapping", "agreed_youth")}
    talk_steps.held(coordinator, case, **typed_in_talk)
    with work(cast.actor("koordinator")):
        planned = FollowUp.objects.get(state=FollowUpState.PLANNED)
    fields = talk_steps.follow_up_fields(
        planned.version, responsible=str(planned.responsible_id), how=c["how"], agreed=c["agreed"]
    )
    assert coordinator.post(f"/uppfoljning/{planned.pk}/", fields).status_code == 302
    teacher.post(
        "/orosanmalan/",
        {"made_at": "2026-11-20 10:42", "how": "phone", "received_by": c["received_by"]},
    )
    return case


def forms_of(canary: str) -> list[bytes]:
    raw = canary.encode()
    return [raw, raw.hex().encode(), base64.b64encode(raw)[:-4], canary.encode("utf-16-le")]


def sought_in(haystack: bytes) -> list[str]:
    """Which canaries are found there, in clear or in a common encoding."""
    everything = [*(c.split(" ")[0] for c in CANARIES.values()), "201101022398", NUMBER]
    return [canary for canary in everything if any(form in haystack for form in forms_of(canary))]


def test_the_search_itself_finds_a_canary() -> None:
    assert sought_in(b"..." + CANARIES["body"].encode().hex().encode() + b"...") == [
        "ZQKANARIETEXT"
    ]


def whole_database(superuser: psycopg.Connection) -> bytes:
    tables = superuser.execute(
        "SELECT schemaname, tablename FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    ).fetchall()
    found = bytearray()
    for schema, table in tables:
        with superuser.cursor().copy(
            f'COPY (SELECT * FROM "{schema}"."{table}") TO STDOUT'
        ) as copy:
            for chunk in copy:
                found += bytes(chunk)
    assert len(tables) > 30
    return bytes(found)


@pytest.mark.slow
def test_no_canary_of_the_story_is_in_database_redis_logs_or_mail(
    committed_cast: Cast,
    superuser: psycopg.Connection,
    environment_of: Callable[[str], dict[str, str]],
    mail_sink: tuple[Sink, int],
    caplog: pytest.LogCaptureFixture,
) -> None:
    sink, port = mail_sink
    with caplog.at_level(logging.DEBUG):
        play(committed_cast)
    ticked = subprocess.run(
        [sys.executable, "manage.py", "tick"],
        cwd=ROOT,
        env=environment_of("worker") | {"SSPF_SMTP_URL": f"smtp://127.0.0.1:{port}"},
        capture_output=True,
        check=True,
    )
    assert sought_in(whole_database(superuser)) == []
    assert sought_in(caplog.text.encode() + ticked.stdout + ticked.stderr) == []
    assert sought_in(b"".join(sink.received)) == []
    broker = redis.Redis.from_url(settings.CELERY_BROKER_URL)
    kept = b"".join(broker.dump(key) or b"" for key in broker.scan_iter())
    assert sought_in(kept) == []


KILLED = """
import os, signal, sys
import django
django.setup()
from access import request_transaction
from django.test import Client
from tests.cast import Cast

def killed(events):
    os.kill(os.getpid(), signal.SIGKILL)

client = Cast().client("koordinator")
if sys.argv[2] == "kill":
    request_transaction.write = killed
print(client.get(sys.argv[1]).content.decode(), flush=True)
"""


@pytest.mark.slow
def test_kill_9_between_reveal_and_commit_shows_nothing(
    committed_cast: Cast, environment_of: Callable[[str], dict[str, str]]
) -> None:
    case = play(committed_cast)
    coordinator = committed_cast.actor("koordinator")

    def run(how: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-c", KILLED, case, how],
            cwd=ROOT,
            env=environment_of("web")
            | {"DJANGO_SETTINGS_MODULE": "sspf.settings", "SSPF_HOSTS": "testserver"},
            capture_output=True,
            check=False,
        )

    before = events_of(coordinator)
    killed = run("kill")
    assert killed.returncode == -signal.SIGKILL
    assert killed.stdout == b""
    assert events_of(coordinator) == before
    lived = run("live")
    assert CANARIES["name"].encode() in lived.stdout
    assert events_of(coordinator) > before


def events_of(actor: Actor) -> int:
    with work(actor):
        return AuditEvent.objects.count()


def test_when_the_log_cannot_be_written_nothing_is_shown(
    committed_cast: Cast, superuser: psycopg.Connection
) -> None:
    case = play(committed_cast)
    superuser.execute("REVOKE INSERT ON audit.event FROM sspf_web")
    client = committed_cast.client("koordinator")
    client.raise_request_exception = False
    try:
        answer = client.get(case)
        assert answer.status_code == 500
        assert CANARIES["name"] not in answer.content.decode()
    except psycopg.Error:
        pass
