"""SMS through a real HTTP server: what is said, the key that makes a repetition harmless, and what each answer means."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from access.request_transaction import work
from reminders import choice_rules, engine
from reminders.choice_rules import Chosen
from reminders.forms.settings import ChoiceForm
from reminders.models import Outcome
from reminders.services.choice import choose
from reminders.sms import HttpProvider
from sspf import env
from tests.reminders.conftest import MailServer, Owing, at, free_port

DUE, MORNING = date(2027, 1, 20), at(2027, 1, 20, 8, 0)
ROW = choice_rules.allowed(DUE, municipality="1495")
NUMBER = "+46701740605"  # from PTS's series of numbers for fiction


class Gateway(BaseHTTPRequestHandler):
    got: ClassVar[list[tuple[dict[str, str], dict[str, Any]]]] = []
    answer: ClassVar[int] = 202

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.got.append((dict(self.headers), body))
        self.send_response(self.answer)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        return


@pytest.fixture
def gateway(settings: Any) -> Iterator[type[Gateway]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    Thread(target=server.serve_forever, daemon=True).start()
    settings.SMS_URL = f"http://127.0.0.1:{server.server_port}/send"
    settings.SMS_TOKEN, settings.SMS_SENDER = "prov", "SSPF"
    Gateway.got.clear()
    Gateway.answer = 202
    yield Gateway
    server.shutdown()
    server.server_close()


@pytest.fixture
def task(owing: Owing) -> Owing:
    with work(owing.actor):
        choose(
            actor=owing.actor,
            chosen=Chosen(way="at_once", digest_hour=8, start=7, end=18, sms_number=NUMBER),
            row=ROW,
            seen="",
            now=timezone.now(),
        )
    owing.deadline(DUE, kind="task_due")
    return owing


AsWorker = Callable[[], AbstractContextManager[None]]


def test_an_sms_goes_instead_of_the_mail_says_nothing_and_has_one_key(
    task: Owing, as_worker: AsWorker, mail_server: MailServer, gateway: type[Gateway]
) -> None:
    gateway.answer = 503
    with as_worker():
        assert engine.tick(MORNING)["deferred"] == 1
        gateway.answer = 202
        assert engine.tick(at(2027, 1, 20, 8, 1))["accepted"] == 1
    assert mail_server.mails == []
    (headers, body), (again, _body) = gateway.got
    assert headers["Idempotency-Key"] == again["Idempotency-Key"]
    assert headers["Authorization"] == "Bearer prov"
    assert (body["to"], body["from"]) == (NUMBER, "SSPF")
    assert body["text"].startswith("Du har något att göra i SSPF. Logga in för att se vad. http")
    assert "S-7F3K-2M" not in json.dumps(body)


def test_a_number_that_is_refused_gets_the_mail_instead(
    task: Owing, as_worker: AsWorker, mail_server: MailServer, gateway: type[Gateway]
) -> None:
    gateway.answer = 400
    with as_worker():
        assert engine.tick(MORNING)["accepted"] == 1
    assert len(mail_server.mails) == len(gateway.got) == 1


def test_without_a_provider_there_is_no_sms_and_no_field_for_it(
    task: Owing, as_worker: AsWorker, mail_server: MailServer
) -> None:
    with as_worker():
        assert engine.tick(MORNING)["accepted"] == 1
    assert len(mail_server.mails) == 1
    assert "sms_number" not in ChoiceForm(row=ROW, sms=False).fields


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (200, Outcome.ACCEPTED),
        (302, Outcome.REFUSED),
        (404, Outcome.REFUSED),
        (429, Outcome.DEFERRED),
    ],
)
def test_what_each_answer_means(
    gateway: type[Gateway], settings: Any, answer: int, outcome: Outcome
) -> None:
    gateway.answer = answer
    provider = HttpProvider(settings.SMS_URL, "prov", "SSPF")
    assert provider.send(number=NUMBER, text="x", key=uuid4()).outcome is outcome
    assert len(gateway.got) == 1


def test_nobody_there_is_later() -> None:
    nobody = HttpProvider(f"http://127.0.0.1:{free_port()}/", "prov", "SSPF")
    assert nobody.send(number=NUMBER, text="x", key=uuid4()).outcome is Outcome.DEFERRED


def test_an_address_in_the_clear_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSPF_SMS_URL", "http://sms.example/send")
    with pytest.raises(ImproperlyConfigured):
        env.outgoing("SSPF_SMS_URL")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("070-174 06 05", NUMBER), ("+46 70 174 06 05", NUMBER), ("0046701740605", NUMBER), ("", "")],
)
def test_a_number_is_kept_in_one_shape(typed: str, kept: str) -> None:
    data = {"way": "at_once", "digest_hour": 8, "start": 7, "end": 18, "sms_number": typed}
    form = ChoiceForm(data, row=ROW, sms=True)
    assert form.is_valid(), form.errors
    assert form.chosen().sms_number == kept
    for wrong in ("ring mig", "+46\u0667\u0660174\u0660605\u0660"):
        assert not ChoiceForm(data | {"sms_number": wrong}, row=ROW, sms=True).is_valid()
