"""Feedback to who made a report of concern: asked for, matched by hand, one of the lawful answers (SoL 19:6)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from access import door
from access.models import Membership
from access.request_transaction import set_partition, work
from cases.models import FeedbackAnswer, FeedbackRequest
from cases.rules import report_dates
from cases.rules.law import in_force
from cases.services.feedback import NotThatAnswer, answer
from reminders.models import Deadline
from tests.cases import report_steps as steps
from tests.cases.steps import tell
from tests.cast import Cast

OUTCOMES = {
    "opened": "En utredning har inletts.",
    "not_opened": "Ingen utredning har inletts.",
    "ongoing": "En utredning pågick redan.",
}
NEUTRAL = "Socialtjänsten lämnar ingen återkoppling."


def _answerable(cast: Cast, state: str) -> tuple[str, str]:
    """Asked, decided and matched; gives the note's and the question's path."""
    teacher, worker = cast.client("larare"), cast.client("socialsekreterare")
    made = steps.note_made(teacher)
    report = steps.receive(worker)
    steps.assess(worker, report)
    steps.decide(worker, report, state)
    steps.ask(teacher, made)
    question = steps.question_of(worker)
    pk = report.rstrip("/").rsplit("/", 1)[-1]
    assert steps.act(worker, question, "match", report=pk) == 302
    return made, question


@pytest.mark.parametrize("state", OUTCOMES)
def test_the_answer_is_what_was_decided_and_only_author_and_principal_read_it(
    cast: Cast, state: str
) -> None:
    made, question = _answerable(cast, state)
    worker = cast.client("socialsekreterare")
    offered = worker.get(question).content.decode()
    assert [code for code in OUTCOMES if f'value="{code}"' in offered] == [state]
    assert steps.act(worker, question, "answer", answer=state, reason="") == 302
    for who in ("larare", "rektor"):
        assert OUTCOMES[state] in cast.client(who).get(made).content.decode()
    for who in ("larare-utanfor", "kurator", "koordinator", "polis"):
        assert cast.client(who).get(made).status_code == 404


def test_an_answer_that_was_not_decided_is_not_given(cast: Cast) -> None:
    made, question = _answerable(cast, "not_opened")
    worker = cast.client("socialsekreterare")
    assert steps.act(worker, question, "answer", answer="opened", reason="") == 422
    assert OUTCOMES["opened"] not in cast.client("larare").get(made).content.decode()


def test_the_service_gives_no_answer_that_was_not_decided(cast: Cast) -> None:
    _answerable(cast, "not_opened")
    actor = cast.actor("socialsekreterare")
    now = timezone.now()
    with work(actor):
        row = door.visible(actor, FeedbackRequest).get()
        with pytest.raises(NotThatAnswer):
            answer(actor=actor, request=row, code="opened", reason="", seen_version=1, now=now)


def test_no_feedback_says_the_same_whatever_the_reason_and_keeps_the_reason_inside(
    cast: Cast,
) -> None:
    made, question = _answerable(cast, "opened")
    worker = cast.client("socialsekreterare")
    assert steps.act(worker, question, "answer", answer="withheld", reason="") == 422
    reason = "Skulle röja var familjen vistas"
    assert steps.act(worker, question, "answer", answer="withheld", reason=reason) == 302
    page = cast.client("larare").get(made).content.decode()
    assert NEUTRAL in page
    assert reason not in page
    assert not any(words in page for words in OUTCOMES.values())
    assert reason in worker.get(question).content.decode()
    # Answered, it is still found from the list of the intake.
    listed = worker.get("/orosanmalan/inkomna/").content.decode()
    assert f'href="{question}"' in listed.split("Besvarade frågor om återkoppling")[1]


def test_exactly_three_answers_and_the_neutral_one_are_in_the_dated_table() -> None:
    codes = {row["code"]: row["label"] for row in in_force("feedback_answer", date(2026, 11, 22))}
    assert {code: codes[code] for code in OUTCOMES} == OUTCOMES
    assert set(codes) - set(OUTCOMES) == {"withheld"}
    assert not in_force("feedback_answer", date(2025, 6, 30))


def test_the_question_is_sealed_there_and_not_kept_here(cast: Cast) -> None:
    teacher = cast.client("larare")
    made = steps.note_made(teacher)
    steps.ask(teacher, made)
    assert steps.CHILD not in teacher.get(made).content.decode()
    set_partition(cast.actor("larare"))
    assert not FeedbackRequest.objects.exists()
    worker = cast.client("socialsekreterare")
    question = steps.question_of(worker)
    assert steps.CHILD in worker.get(question).content.decode()
    for who in ("koordinator", "socialsekreterare-utanfor", "larare"):
        assert cast.client(who).get(question).status_code == 404


def test_it_is_asked_once_and_by_the_author_only(cast: Cast) -> None:
    teacher = cast.client("larare")
    made = steps.note_made(teacher)
    assert cast.client("rektor").get(f"{made}aterkoppling/").status_code == 404
    steps.ask(teacher, made)
    steps.ask(teacher, made)
    set_partition(cast.actor("socialsekreterare"))
    assert FeedbackRequest.objects.count() == 1


def test_it_is_answered_once(cast: Cast) -> None:
    _made, question = _answerable(cast, "opened")
    worker = cast.client("socialsekreterare")
    fields = {"act": "answer", "answer": "opened", "reason": "", "seen_version": "1"}
    assert worker.post(question, fields).status_code == 302
    assert worker.post(question, fields).status_code == 409
    set_partition(cast.actor("larare"))
    assert FeedbackAnswer.objects.count() == 1


def test_whoever_asks_where_nobody_receives_is_told_to_phone(cast: Cast) -> None:
    gone = Membership.objects.filter(municipality__code="1471", unit__receives_reports=True)
    gone.update(ends_on=timezone.localdate() - timedelta(days=1))
    teacher = cast.client("gotene-larare")
    made = steps.note_made(teacher)
    answer = teacher.post(f"{made}aterkoppling/", {"child": steps.CHILD})
    assert answer.status_code == 409
    assert "Ring mottagningen" in answer.content.decode()


# ------------------------------------------------------------------------------------------------ the days


def test_a_week_after_the_decision_and_at_once_for_whoever_asks_later() -> None:
    decided = date(2026, 11, 2)
    assert report_dates.feedback_by(decided, asked_on=date(2026, 11, 3)) == date(2026, 11, 9)
    assert report_dates.feedback_by(decided, asked_on=date(2026, 11, 20)) == date(2026, 11, 20)


def test_a_question_before_the_decision_gets_its_day_with_the_decision(cast: Cast) -> None:
    with time_machine.travel(datetime(2026, 11, 16, 9, 0, tzinfo=UTC), tick=False) as clock:
        teacher, worker = cast.client("larare"), cast.client("socialsekreterare")
        made = steps.note_made(teacher)
        report = steps.receive(worker)
        steps.ask(teacher, made)
        question = steps.question_of(worker)
        pk = report.rstrip("/").rsplit("/", 1)[-1]
        assert steps.act(worker, question, "match", report=pk) == 302
        set_partition(cast.actor("socialsekreterare"))
        due = Deadline.objects.filter(kind="feedback_due")
        assert not due.exists()
        clock.move_to(datetime(2026, 11, 19, 9, 0, tzinfo=UTC))
        worker = cast.client("socialsekreterare")
        steps.assess(worker, report)
        steps.decide(worker, report, "opened", on=date(2026, 11, 18))
        set_partition(cast.actor("socialsekreterare"))
        assert [row.due_on for row in due] == [date(2026, 11, 25)]


def test_the_orossignals_receipt_says_the_same_whatever_comes_of_a_report(cast: Cast) -> None:
    teacher = cast.client("larare")
    receipt = tell(teacher)
    before = teacher.get(f"/oro/kvitto/{receipt}/").content
    made, question = _answerable(cast, "opened")
    steps.act(cast.client("socialsekreterare"), question, "answer", answer="opened", reason="")
    assert made
    after = cast.client("larare").get(f"/oro/kvitto/{receipt}/").content.decode()
    assert "Mottagen" in after
    assert len(after) == len(before.decode())
