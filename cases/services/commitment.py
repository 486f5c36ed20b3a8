"""Commitments (åtaganden): promised by the young person, a guardian or a colleague, and reminded of by one adult."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid5

from django.utils import timezone

from access import door
from access.actor import Actor
from access.models import Membership
from access.policy import Action
from access.request_transaction import record
from cases.models import Case, Commitment, CommitmentState, Guardian
from cases.models.case import OPEN_STAGES
from cases.models.commitment import PromisedBy
from cases.services.assignment import LEADERS, people_on
from cases.services.case_seal import seal_texts
from cases.services.commitment_reminder import kind_of, open_of, remind
from cases.services.consent import hold_case
from cases.services.protection import may_work_with
from cases.services.refusals import CaseStopped, ChangedMeanwhile
from reminders.models import Deadline
from reminders.models.deadline import MoveReason
from reminders.services import cancel, finish, move, reassign
from reminders.working_days import local_date

# How a commitment ends, and what the log calls it.
ENDS = {
    CommitmentState.KEPT: "commitment.keep",
    CommitmentState.NOT_KEPT: "commitment.miss",
    CommitmentState.DROPPED: "commitment.drop",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """text: what is promised · guardian, colleague: who promised, by id; neither is the young person."""

    text: str
    due_on: date
    adult: UUID
    guardian: UUID | None = None
    colleague: UUID | None = None

    def __repr__(self) -> str:
        return "Promise(‹förseglat›)"

    @property
    def promised_by(self) -> PromisedBy:
        if self.guardian is not None:
            return PromisedBy.GUARDIAN
        return PromisedBy.YOUNG if self.colleague is None else PromisedBy.COLLEAGUE


def adults_of(case: Case, *, today: date) -> list[Membership]:
    """Colleagues who work on the case, may open what is promised in it, and can remind."""
    held = [one.membership for one in people_on(case, today=today)]
    return may_work_with(case.person, [one for one in held if one.role in LEADERS], today=today)


def make_commitment(
    *, actor: Actor, case: Case, form_id: UUID, promise: Promise, now: datetime
) -> Commitment:
    """The commitment with its deadline; the same `form_id` twice gives the same one.

    Raises CaseStopped, ChangedMeanwhile where the adult or who promised is no longer there to choose.
    """
    door.demand(actor, case, "commitment", Action.CREATE)
    hold_case(case)
    if case.stage not in OPEN_STAGES:
        raise CaseStopped
    row_id = uuid5(case.pk, str(form_id))
    earlier = Commitment.objects.filter(pk=row_id).first()
    if earlier is not None:
        return earlier
    _must_be_there(case, promise, local_date(now))
    commitment = Commitment.objects.create(
        id=row_id,
        municipality_id=case.municipality_id,
        agency_id=case.agency_id,
        case=case,
        promised_by=promise.promised_by,
        guardian_id=promise.guardian,
        colleague_id=promise.colleague,
        due_on=promise.due_on,
        adult_id=promise.adult,
        created_at=now,
        created_by_id=actor.member,
        **seal_texts(case, model=Commitment, row_id=row_id, texts={"promise": promise.text}),
    )
    remind(commitment, due_on=commitment.due_on)
    _record("commitment.make", commitment)
    return commitment


def end_commitment(
    *,
    actor: Actor,
    commitment: Commitment,
    state: CommitmentState,
    seen_version: int,
    now: datetime,
) -> None:
    """Kept, not kept, or no longer to be; nobody is reminded any more. Raises ChangedMeanwhile, CaseStopped."""
    _end(actor, _claim(actor, commitment, seen_version), state, now)


def keep_from_inbox(actor: Actor, deadline: Deadline) -> None:
    """A colleague's own promise, called done in the inbox. Raises NotHere, CaseStopped."""
    commitment = door.open_one(actor, Commitment, deadline.subject_id)
    _end(
        actor,
        _claim(actor, commitment, commitment.version),
        CommitmentState.KEPT,
        timezone.now(),
    )


def move_commitment(
    *,
    actor: Actor,
    commitment: Commitment,
    due_on: date,
    reason: MoveReason,
    seen_version: int,
) -> None:
    """Another day, with a reason from the closed list. Raises ChangedMeanwhile, CaseStopped."""
    locked = _claim(actor, commitment, seen_version)
    locked.due_on = due_on
    _save(locked, "due_on")
    move(kind=kind_of(locked), subject_id=locked.id, due_on=due_on, reason=reason)
    _record("commitment.move", locked, basis=reason.value)


def choose_adult(
    *, actor: Actor, commitment: Commitment, adult: UUID, seen_version: int, now: datetime
) -> None:
    """Another adult reminds, and is told. Raises ChangedMeanwhile, CaseStopped."""
    locked = _claim(actor, commitment, seen_version)
    if adult not in {one.id for one in adults_of(locked.case, today=local_date(now))}:
        raise ChangedMeanwhile
    locked.adult_id = adult
    _save(locked, "adult")
    reassign(kind=kind_of(locked), subject_id=locked.id, responsible=adult)
    _record("commitment.adult", locked)


def drop_all(*, actor: Actor, case: Case, now: datetime) -> None:
    """The case ends: what was still promised in it no longer holds. The case is held."""
    for commitment in open_of(case).select_related("case").select_for_update(of=("self",)):
        _end(actor, commitment, CommitmentState.DROPPED, now)


def _must_be_there(case: Case, promise: Promise, today: date) -> None:
    able = {one.id for one in adults_of(case, today=today)}
    guardians = Guardian.objects.in_force(today).filter(person_id=case.person_id)
    gone = promise.guardian is not None and not guardians.filter(pk=promise.guardian).exists()
    if gone or {promise.adult, promise.colleague or promise.adult} - able:
        raise ChangedMeanwhile


def _claim(actor: Actor, commitment: Commitment, seen_version: int) -> Commitment:
    """The commitment and its case taken for change; of two at once, the second is told."""
    door.demand(actor, commitment, "commitment", Action.WRITE)
    hold_case(commitment.case)
    locked = (
        Commitment.objects.select_for_update(of=("self",))
        .select_related("case")
        .get(pk=commitment.pk)
    )
    if locked.version != seen_version or locked.state != CommitmentState.OPEN:
        raise ChangedMeanwhile
    if locked.case.stage not in OPEN_STAGES:
        raise CaseStopped
    return locked


def _end(actor: Actor, locked: Commitment, state: CommitmentState, now: datetime) -> None:
    locked.state = state
    locked.closed_at, locked.closed_by_id = now, actor.member
    _save(locked, "state", "closed_at", "closed_by")
    if state == CommitmentState.DROPPED:
        cancel(subject_id=locked.id)
    else:
        finish(kind=kind_of(locked), subject_id=locked.id)
    _record(ENDS[state], locked)


def _save(locked: Commitment, *changed: str) -> None:
    locked.version += 1
    locked.save(update_fields=[*changed, "version"])


def _record(action: str, commitment: Commitment, *, basis: str = "") -> None:
    record(
        action,
        object_type="cases.commitment",
        object_id=commitment.id,
        case=(commitment.case_id, commitment.case.number),
        basis=basis,
    )
