"""Who is reminded of a commitment, and until when. A leaf: whatever stops, reopens or hands over a case may call it."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from cases.models import Assignment, Case, Commitment, CommitmentState
from cases.models.commitment import PromisedBy
from reminders.services import NoOpenDeadline, cancel, reassign, set_deadline


def kind_of(commitment: Commitment) -> str:
    """The family's own promises are reminded of by another adult; a colleague's is their own to do."""
    own = commitment.promised_by == PromisedBy.COLLEAGUE
    return "commitment_due" if own else "own_commitment"


def remind(commitment: Commitment, *, due_on: date) -> None:
    set_deadline(
        kind=kind_of(commitment),
        subject_id=commitment.id,
        label=commitment.case.number,
        route="commitment_detail",
        responsible=commitment.adult_id,
        due_on=due_on,
    )


def remind_again(case: Case, *, today: date) -> None:
    """The case goes on: what is still promised is reminded of, tomorrow at the earliest."""
    for commitment in open_of(case).select_related("case"):
        remind(commitment, due_on=max(commitment.due_on, today + timedelta(days=1)))


def remind_no_more(case: Case) -> None:
    """The case stands still; what is promised stays."""
    for pk in open_of(case).values_list("pk", flat=True):
        cancel(subject_id=pk)


def open_of(case: Case) -> QuerySet[Commitment]:
    return Commitment.objects.filter(case=case, state=CommitmentState.OPEN)


def give_on(case: Case, *, leaving: UUID, to: UUID) -> None:
    """What somebody who leaves the case was to remind of, another reminds of from now on."""
    for commitment in open_of(case).select_for_update().filter(adult_id=leaving):
        _give(commitment, to)


def give_on_what_is_left(*, today: date) -> None:
    """In the partition: whose adult's time in the case has run out, the lead reminds of. Without a lead the manager hands over."""
    works = Assignment.objects.manned(today).filter(
        case_id=OuterRef("case_id"), membership_id=OuterRef("adult_id")
    )
    left = Commitment.objects.filter(~Exists(works), state=CommitmentState.OPEN)
    for commitment in left.select_for_update(of=("self",)):
        leads = Assignment.objects.manned(today).filter(case_id=commitment.case_id, lead=True)
        lead = leads.values_list("membership_id", flat=True).first()
        if lead is not None:
            _give(commitment, lead)


def _give(commitment: Commitment, to: UUID) -> None:
    commitment.adult_id = to
    commitment.version += 1
    commitment.save(update_fields=["adult", "version"])
    with suppress(NoOpenDeadline):
        reassign(kind=kind_of(commitment), subject_id=commitment.id, responsible=to)
