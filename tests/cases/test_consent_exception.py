"""Exceptions from that every guardian signs: asked for, decided on, asked for again; and nothing twice."""

from __future__ import annotations

from django.test import Client

from access.request_transaction import work
from cases.models import ConsentEvent
from reminders.models import Deadline
from tests.cases import steps
from tests.cases.test_consent import begun, kinds_of, text
from tests.cast import Cast

PREVENTED = "fb_6_13_2"
ALONE = "osl_12_3"


def ask(coordinator: Client, signer: str, reason: str, basis: str = PREVENTED) -> None:
    path = signer.replace("/svar/", "/undantag/")
    answer = coordinator.post(path, {"basis": basis, "reason": reason})
    assert answer.status_code == 302, answer.content.decode()


def prevented(cast: Cast) -> tuple[Client, str, str]:
    """A ten-year-old's consent that waits for one guardian who cannot be reached; the consent's and the signer's path."""
    coordinator, _case, consent, (first, second, youth) = begun(cast, age=10)
    steps.answer_for(coordinator, youth, "heard")
    steps.answer_for(coordinator, first)
    steps.answer_for(coordinator, second, "unreachable", channel="phone")
    return coordinator, consent, second


def waiting(cast: Cast) -> int:
    with work(cast.actor("chef")):
        return Deadline.objects.filter(kind="consent_exception", state=Deadline.State.OPEN).count()


def test_a_second_question_after_a_no_is_decided_on_its_own_reasons(cast: Cast) -> None:
    coordinator, consent, signer = prevented(cast)
    manager, deciding = cast.client("chef"), f"{consent}beslut/"
    ask(coordinator, signer, "Svarar inte i telefon.")
    manager.post(deciding, {"decision": "deny", "reason": "Försök igen."})
    assert manager.get(deciding).status_code == 302
    assert "Be om undantag" in text(coordinator, consent)
    ask(coordinator, signer, "Ligger på sjukhus utomlands sedan en vecka.")
    assert waiting(cast) == 1
    page = text(manager, deciding)
    assert "Ligger på sjukhus utomlands" in page
    assert "Svarar inte i telefon." not in page
    answer = manager.post(deciding, {"decision": "grant", "reason": "Det kan inte vänta."})
    assert answer.status_code == 302
    assert kinds_of(cast).count("exception_granted") == 1
    assert waiting(cast) == 0


def test_the_reminder_stands_until_the_last_of_two_is_decided(cast: Cast) -> None:
    coordinator, _case, consent, (first, second, _youth) = begun(cast, age=16)
    for signer, reason in ((first, "Far i den ena."), (second, "Far i den andra.")):
        ask(coordinator, signer, reason, ALONE)
    manager, deciding = cast.client("chef"), f"{consent}beslut/"
    for reason, left in (("Far i den ena.", 1), ("Far i den andra.", 0)):
        assert reason in text(manager, deciding)
        manager.post(deciding, {"decision": "grant", "reason": "Mogen nog."})
        assert waiting(cast) == left
    assert kinds_of(cast).count("exception_granted") == 2


def test_a_double_click_asks_and_decides_once(cast: Cast) -> None:
    coordinator, consent, signer = prevented(cast)
    for _click in range(2):
        ask(coordinator, signer, "Ligger på sjukhus.")
    manager = cast.client("chef")
    for _click in range(2):
        answer = manager.post(f"{consent}beslut/", {"decision": "deny", "reason": "Vänta."})
        assert answer.status_code == 302
    kinds = kinds_of(cast)
    assert (kinds.count("exception_asked"), kinds.count("exception_denied")) == (1, 1)


def test_a_double_click_gives_the_reason_to_go_on_once(cast: Cast) -> None:
    coordinator, _case, consent, (first, second, youth) = begun(cast, age=12)
    for signer in (first, second):
        steps.answer_for(coordinator, signer)
    steps.answer_for(coordinator, youth, "dissented", opinion="Jag vill inte.")
    for _click in range(2):
        answer = coordinator.post(f"{consent}skal/", {"reason": "Vi möter oron så här."})
        assert answer.status_code == 302
    with work(cast.actor("koordinator")):
        assert ConsentEvent.objects.filter(kind="justified").count() == 1
        assert ConsentEvent.objects.filter(kind="given").count() == 1
