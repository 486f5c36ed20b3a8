"""Whom a report of concern or a question from the police is about, once a number says so: from then on the bars reach it.

The page says the same whoever has the number, or nobody. A person who is barred from the one who types it is a miss, as in
every search, so the tie cannot tell of anybody; a named colleague who types it makes the tie.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from access import door
from access.actor import Actor
from access.models import Membership, Role
from access.policy import Action
from access.request_transaction import record
from cases.models import Person, PoliceRequest, ReceivedReport, ReportState, RequestState
from cases.rules.identity_number import IdentityNumber
from cases.services.barred import note_barred, people_barred
from cases.services.break_glass_reviewer import pass_on_reviews
from cases.services.identifier import people_known
from cases.services.protection import may_work_with
from cases.services.refusals import ChangedMeanwhile
from cases.services.request_barred import ask_the_next
from cases.services.search import note_search
from reminders.services import NoOpenDeadline, reassign

INTAKE = (Role.SOCIAL_WORKER, Role.MANAGER)
REPORT_TASKS = ("protection_assessment", "preliminary_assessment")
REQUEST_TASK = "police_request"


def tie_report(
    *, actor: Actor, report: ReceivedReport, number: IdentityNumber, seen_version: int, today: date
) -> None:
    """Raises ChangedMeanwhile."""
    door.demand(actor, report, "received_report", Action.WRITE)
    held = ReceivedReport.objects.select_for_update().get(pk=report.pk)
    if {held.version, report.version} != {seen_version}:
        raise ChangedMeanwhile
    held.person = _known(actor, number) or held.person
    held.version += 1
    held.save(update_fields=["person", "version"])
    record("report.tie", object_type="cases.receivedreport", object_id=held.id)
    _pass_on_report(held, today)


def tie_request(
    *, actor: Actor, request: PoliceRequest, number: IdentityNumber, seen_version: int, today: date
) -> None:
    """Raises ChangedMeanwhile."""
    door.demand(actor, request, "police_request", Action.DECIDE)
    held = PoliceRequest.objects.select_for_update().get(pk=request.pk)
    if {held.version, request.version} != {seen_version}:
        raise ChangedMeanwhile
    held.person = _known(actor, number) or held.person
    held.version += 1
    held.save(update_fields=["person", "version"])
    record("request.tie", object_type="cases.policerequest", object_id=held.id)
    if held.person is not None and held.state == RequestState.WAITING:
        # Whoever ties it may see the person, and may decide.
        _give(REQUEST_TASK, held.id, to=actor.member)


def pass_on_what_is_barred(person: Person, *, today: date) -> None:
    """After somebody has been barred from the person: reports, questions and reviews that they were to see to go to others."""
    rows = ReceivedReport.objects.select_for_update().filter(
        person=person, state=ReportState.RECEIVED
    )
    for report in rows:
        _pass_on_report(report, today)
    ask_the_next(person=person, today=today)
    pass_on_reviews(person_id=person.id, today=today)


def _known(actor: Actor, number: IdentityNumber) -> Person | None:
    note_search(actor, number.digits)
    barred = people_barred(actor, number)
    note_barred(barred)
    found = people_known(actor, number) - barred
    return Person.objects.filter(pk__in=found).first() if len(found) == 1 else None


def _pass_on_report(report: ReceivedReport, today: date) -> None:
    if report.person is None:
        return
    held = Membership.objects.in_force(today).filter(unit_id=report.unit_id, role__in=INTAKE)
    able = may_work_with(report.person, held.order_by("starts_on", "id"), today=today)
    if not able or report.responsible_id in _ids(able):
        return
    report.responsible = able[0]
    report.version += 1
    report.save(update_fields=["responsible", "version"])
    for kind in REPORT_TASKS:
        _give(kind, report.id, to=able[0].id)


def _ids(rows: Iterable[Membership]) -> set[UUID]:
    return {one.id for one in rows}


def _give(kind: str, subject_id: UUID, *, to: UUID) -> None:
    try:
        reassign(kind=kind, subject_id=subject_id, responsible=to)
    except NoOpenDeadline:
        return
