"""A read that cannot be noted shows nothing: not after kill -9, not when the log cannot be written."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from access.actor import Actor
from access.request_transaction import work
from audit.models import AuditEvent
from cases.models import FollowUp, FollowUpState
from tests.cases import steps, talk_steps
from tests.cast import Cast

ROOT = Path(__file__).resolve().parent.parent.parent
CANARIES = {
    "child": "ZQKANARIEBARN",
    "seen": "ZQKANARIESEDD <b>åäö</b>",
    "place": "ZQKANARIEPLATS",
    "done": "ZQKANARIEGJORT",
    "name": "ZQKANARIENAMN",
    "guardian": "ZQKANARIEVARDNAD",
    "opinion": "ZQKANARIEMENING",
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
    steps.guardian(coordinator, case, c["guardian"], phone="ZQ-1", address="ZQ-2")
    steps.consent(
        coordinator, case, [police.agency_id], opinion=c["opinion"], not_shared=c["not_shared"]
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
            timeout=240,
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
