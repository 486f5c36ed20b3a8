"""The police's question and a report of concern, with a canary wherever somebody types."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from django.utils import timezone

from access.request_transaction import record, work
from cases.models import FeedbackAnswer, ReportMade
from crypto.keys import Scope, new_data_key
from crypto.seal import seal
from tests.cases import report_steps, request_steps
from tests.cast import Cast


def ask_and_report(cast: Cast, c: Callable[[str], str]) -> None:
    """`c` gives a field's canary: c("police_request.about")."""
    typed = {name: c(f"police_request.{name}") for name in ("about", "wanted", "purpose")}
    request_steps.ask(cast, "school", **typed)
    principal = cast.client("rektor")
    refused = principal.post(
        request_steps.waiting_for(principal),
        request_steps.refuse(reason=c("police_request.reason") + c("request_answer.reason")),
    )
    assert refused.status_code == 302, refused.content.decode()
    request_steps.pass_on(cast, "larare", "school", **typed, officer=c("police_request.officer"))
    teacher, worker = cast.client("larare"), cast.client("socialsekreterare")
    made = report_steps.note_made(teacher, received_by=c("feedback_request.received_by"))
    parts = {name: c(f"received_report.{name}") for name in ("child", "reporter", "reference")}
    report_steps.receive(worker, **parts)
    asked = teacher.post(f"{made}aterkoppling/", {"child": c("feedback_request.child")})
    assert asked.status_code == 302, asked.content.decode()
    reason = c("feedback_request.reason")
    question = report_steps.question_of(worker)
    assert report_steps.act(worker, question, "answer", answer="withheld", reason=reason) == 302


def seal_an_answer(cast: Cast, text: str) -> None:
    """An answer is one of four codes: here a canary stands in its place, in the reporter's partition."""
    actor = cast.actor("larare")
    place = {"municipality_id": actor.municipality_id, "agency_id": actor.agency_id}
    with work(actor):
        row_id = uuid4()
        key = new_data_key(**place, scope=Scope.CONCERN, scope_id=row_id)
        FeedbackAnswer.objects.create(
            **place,
            id=row_id,
            report=ReportMade.objects.filter(answers__isnull=True)[0],
            answer=seal(text, key=key, field="cases.feedback_answer.answer", row_id=row_id),
            answered_at=timezone.now(),
            answered_by_name=actor.name,
        )
        record("feedback.answer", object_type="cases.feedbackanswer", object_id=row_id)
