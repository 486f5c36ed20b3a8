"""The demo's story beside the case: a question from the police that waits, and a report of concern that came in today."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from django.utils import timezone

from access.actor import actor_of
from access.models import Membership
from access.request_transaction import work
from cases.services.concern import note_report_made
from cases.services.police_request import Question, send
from cases.services.received_report import Report, receive_report


def seed_requests(*, officer: Membership, principal: Membership, now: datetime) -> None:
    """The principal has a few days left to answer."""
    actor = actor_of(officer)
    question = Question(
        unit=principal.unit,
        basis="UL_7",
        kinds=("school",),
        answer_by=timezone.localdate(now) + timedelta(days=4),
        about="Love Exempel, född 2010",
        wanted="Om Love var i skolan fredagen den 13 november mellan klockan 12 och 15.",
        purpose="Vi vill förebygga att ett bråk vid busstationen fortsätter.",
        officer=f"{actor.name}, {actor.unit_name}",
    )
    with work(actor):
        send(actor=actor, question=question, row_id=uuid4(), now=now)


def seed_reports(*, teacher: Membership, worker: Membership, now: datetime) -> None:
    """Made by a teacher an hour ago, and registered: the protection assessment is to be made today."""
    made_at = now - timedelta(hours=1)
    reporter = actor_of(teacher)
    with work(reporter):
        note_report_made(
            actor=reporter,
            how="phone",
            received_by=worker.user.name,
            made_at=made_at,
            today=timezone.localdate(now),
        )
    actor = actor_of(worker)
    report = Report(
        child="Tuva Exempel, 6C på Björkskolan",
        reporter=f"{reporter.name}, {reporter.unit_name}",
        reference="",
        received_at=made_at,
        how="phone",
    )
    with work(actor):
        receive_report(actor=actor, report=report, row_id=uuid4(), now=now)
