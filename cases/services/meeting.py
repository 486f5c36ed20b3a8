"""A network meeting (nätverksmöte): only those whom a consent covers are called, and a call ends with what it rests on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4, uuid5

from access import door
from access.actor import Actor
from access.models import Membership
from access.policy import Action
from access.request_transaction import record
from cases.models import Case, Consent, Invitee, Meeting, MeetingState
from cases.models.case import OPEN_STAGES
from cases.rules.protection import Closed
from cases.services.case_seal import seal_texts
from cases.services.consent import covering_consent, hold_case
from cases.services.meeting_call import call, end_call
from cases.services.meeting_wanted import meeting_called
from cases.services.protection import closed_for, without_conflict
from cases.services.refusals import CaseStopped, ChangedMeanwhile
from reminders.models.deadline import MoveReason
from reminders.services import cancel, finish, move, set_deadline
from reminders.working_days import local_date

KIND = "meeting_near"
# What somebody hears at the table: the kind of information that the consent must cover for them (law/information_kind.toml).
HEARS = frozenset({"meeting"})


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingText:
    """about: what those called are told · family: who of the family and network comes · place: where."""

    about: str
    place: str
    family: str

    def __repr__(self) -> str:
        return "MeetingText(‹förseglat›)"


class NotCovered(Exception):
    """No consent in force on the day covers them. `who` are their memberships."""

    def __init__(self, who: Sequence[Membership]) -> None:
        super().__init__("not covered by a consent")
        self.who = who


def plan_meeting(
    *,
    actor: Actor,
    case: Case,
    form_id: UUID,
    planned_for: datetime,
    text: MeetingText,
    invited: Sequence[Membership],
    now: datetime,
) -> Meeting:
    """The meeting with a call to each invitee of another agency; the same `form_id` twice gives the same meeting.

    Raises CaseStopped, NotCovered.
    """
    door.demand(actor, case, "meeting", Action.CREATE)
    hold_case(case)
    if case.stage not in OPEN_STAGES:
        raise CaseStopped
    row_id = uuid5(case.pk, str(form_id))
    earlier = Meeting.objects.filter(pk=row_id).first()
    if earlier is not None:
        return earlier
    invited_by = _consents(case, invited, planned_for)
    meeting = Meeting.objects.create(
        id=row_id,
        municipality_id=case.municipality_id,
        agency_id=case.agency_id,
        case=case,
        planned_for=planned_for,
        called_by_id=actor.member,
        created_at=now,
        **seal_texts(
            case,
            model=Meeting,
            row_id=row_id,
            texts={
                "about": text.about,
                "place": text.place,
                "family": text.family,
                "minutes": "",
            },
        ),
    )
    _invite(actor=actor, meeting=meeting, invited=invited_by, text=text, now=now)
    set_deadline(
        kind=KIND,
        subject_id=meeting.id,
        label=case.number,
        route="meeting_detail",
        responsible=actor.member,
        due_on=local_date(planned_for),
    )
    meeting_called(case)
    _record("meeting.plan", meeting)
    return meeting


def change_meeting(
    *,
    actor: Actor,
    meeting: Meeting,
    planned_for: datetime,
    text: MeetingText,
    invited: Sequence[Membership],
    why_moved: MoveReason | None,
    seen_version: int,
    now: datetime,
) -> None:
    """Another time, place or circle: every earlier call ends and those invited now get a new one.

    why_moved: needed where the meeting comes on another day. Raises ChangedMeanwhile, CaseStopped, NotCovered.
    """
    locked = _claim(actor, meeting, seen_version)
    if locked.case.stage not in OPEN_STAGES:
        raise CaseStopped
    invited_by = _consents(locked.case, invited, planned_for)
    for invitee in locked.invitees.filter(dropped_at__isnull=True):
        drop(invitee, because="changed", now=now)
    sealed = seal_texts(
        locked.case,
        model=Meeting,
        row_id=locked.id,
        texts={"about": text.about, "place": text.place, "family": text.family},
    )
    for name, value in sealed.items():
        setattr(locked, name, value)
    earlier, later = local_date(locked.planned_for), local_date(planned_for)
    locked.planned_for = planned_for
    locked.version += 1
    locked.save(update_fields=[*sealed, "planned_for", "version"])
    _invite(actor=actor, meeting=locked, invited=invited_by, text=text, now=now)
    set_deadline(
        kind=KIND,
        subject_id=locked.id,
        label=locked.case.number,
        route="meeting_detail",
        responsible=actor.member,
        due_on=earlier,
    )
    if later != earlier:
        if why_moved is None:
            raise ValueError("a day is moved with a reason")
        move(kind=KIND, subject_id=locked.id, due_on=later, reason=why_moved)
    _record("meeting.change", locked)


def cancel_meeting(
    *, actor: Actor, meeting: Meeting, because: str, seen_version: int, now: datetime
) -> None:
    """Nobody is called any more. `because` is a code of `law/meeting_cancelled.toml`. Raises ChangedMeanwhile."""
    locked = _claim(actor, meeting, seen_version)
    call_off(locked, because=because, now=now)


def hold_meeting(
    *,
    actor: Actor,
    meeting: Meeting,
    minutes: str,
    came: Collection[UUID],
    seen_version: int,
    now: datetime,
) -> None:
    """Keeps the minutes of this case and who came (ids of invitees). Raises ChangedMeanwhile."""
    locked = _claim(actor, meeting, seen_version)
    sealed = seal_texts(locked.case, model=Meeting, row_id=locked.id, texts={"minutes": minutes})
    locked.minutes = sealed["minutes"]
    locked.state, locked.held_at = MeetingState.HELD, now
    locked.version += 1
    locked.save(update_fields=["minutes", "state", "held_at", "version"])
    for invitee in locked.invitees.filter(dropped_at__isnull=True):
        invitee.came = invitee.id in came
        invitee.save(update_fields=["came"])
        _end(invitee, now)
    finish(kind=KIND, subject_id=locked.id)
    _record("meeting.hold", locked)


def call_off(meeting: Meeting, *, because: str, now: datetime) -> None:
    """For one that is locked: cancelled, every call ended, and its reminders gone."""
    for invitee in meeting.invitees.filter(dropped_at__isnull=True):
        drop(invitee, because=because, now=now)
    meeting.state, meeting.cancelled_because = MeetingState.CANCELLED, because
    meeting.version += 1
    meeting.save(update_fields=["state", "cancelled_because", "version"])
    cancel(subject_id=meeting.id)
    _record("meeting.cancel", meeting)


def drop(invitee: Invitee, *, because: str, now: datetime) -> None:
    """They are no longer called; from their next request time and place are gone."""
    invitee.dropped_at, invitee.dropped_because = now, because
    invitee.save(update_fields=["dropped_at", "dropped_because"])
    _end(invitee, now)


def _end(invitee: Invitee, now: datetime) -> None:
    if invitee.call_id is not None:
        end_call(
            call_id=invitee.call_id,
            place=(invitee.municipality_id, invitee.of_agency),
            now=now,
        )


def _claim(actor: Actor, meeting: Meeting, seen_version: int) -> Meeting:
    """The meeting and its case taken for change; of two at once, the second is told."""
    door.demand(actor, meeting, "meeting", Action.WRITE)
    hold_case(meeting.case)
    locked = Meeting.objects.select_for_update(of=("self",)).select_related("case").get(
        pk=meeting.pk
    )  # fmt: skip
    if locked.version != seen_version or locked.state != MeetingState.PLANNED:
        raise ChangedMeanwhile
    return locked


def _consents(
    case: Case, invited: Sequence[Membership], planned_for: datetime
) -> list[tuple[Membership, Consent | None]]:
    """Each with the consent that lets them come; None for the case's own agency. Raises NotCovered."""
    found: list[tuple[Membership, Consent | None]] = []
    free = without_conflict(case.person, invited)
    uncovered = [one for one in invited if one not in free]
    for membership in free:
        consent = None
        if membership.agency_id != case.agency_id:
            consent = covering_consent(
                case,
                agency_id=membership.agency_id,
                unit_id=membership.unit_id,
                kinds=HEARS,
                on=local_date(planned_for),
            )
            if consent is None:
                uncovered.append(membership)
        found.append((membership, consent))
    if uncovered:
        raise NotCovered(uncovered)
    return found


def _invite(
    *,
    actor: Actor,
    meeting: Meeting,
    invited: Sequence[tuple[Membership, Consent | None]],
    text: MeetingText,
    now: datetime,
) -> None:
    # Somebody protected has no place in a calendar; those called ask for it.
    hidden = closed_for(meeting.case, Closed.CALENDAR)
    for membership, consent in invited:
        call_id = None
        if consent is not None:
            call_id = call(
                actor=actor,
                membership=membership,
                planned_for=meeting.planned_for,
                about=text.about,
                where="" if hidden else text.place,
                now=now,
            ).id
        Invitee.objects.create(
            id=uuid4(),
            municipality_id=meeting.municipality_id,
            agency_id=meeting.agency_id,
            meeting=meeting,
            consent=consent,
            of_membership=membership.id,
            of_agency=membership.agency_id,
            of_unit=membership.unit_id,
            staff_name=membership.user.name,
            unit_name=membership.unit.name,
            agency_name=membership.agency.name,
            call_id=call_id,
        )


def _record(action: str, meeting: Meeting) -> None:
    record(
        action,
        object_type="cases.meeting",
        object_id=meeting.id,
        case=(meeting.case_id, meeting.case.number),
    )
