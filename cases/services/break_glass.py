"""Break-glass: opening one case in an emergency, ending it, and the review of it by somebody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid5

from access import door
from access.actor import Actor
from access.models import Membership
from access.policy import Action
from access.request_transaction import record
from cases.bars import bars_on_case
from cases.models import BreakGlass, Case, NamedAccess
from cases.models.case import ENDED_STAGES
from cases.rules.break_glass import opening_rule
from cases.rules.identity_number import IdentityNumber
from cases.services.break_glass_reviewer import KIND, ask, reviewer_of
from cases.services.case_seal import seal_texts
from cases.services.consent import hold_case
from cases.services.identifier import people_known
from cases.services.refusals import ChangedMeanwhile
from reminders.services import finish
from reminders.working_days import local_date


class NoSuchCase(Exception):
    """There is no such case here, or it is closed to this person whatever the emergency: nobody can tell which."""


class AlreadyOpen(Exception):
    """The actor works in the case and reads it without an opening."""

    def __init__(self, case_id: UUID) -> None:
        super().__init__()
        self.case_id = case_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Emergency:
    """Why a case is opened: a code of the dated table, and the opener's own words."""

    reason: str
    words: str

    def __repr__(self) -> str:
        return "Emergency(‹förseglat›)"


def opening_id(actor: Actor, once: UUID) -> UUID:
    """The id of the opening that one shown form makes: pressed twice, it makes one."""
    return uuid5(actor.member, str(once))


def opening_of(actor: Actor, once: UUID) -> BreakGlass | None:
    """The opening that the form has made already."""
    return door.visible(actor, BreakGlass).filter(pk=opening_id(actor, once)).first()


def forwarding_contacts(opening: BreakGlass, *, today: date) -> list[Membership]:
    """Whom to call about a protected person: those who are named for them. Nothing of the person is told."""
    named = NamedAccess.objects.in_force(today).filter(person_id=opening.case.person_id)
    held = Membership.objects.in_force(today).filter(pk__in=named.values("membership_id"))
    return list(held.select_related("user", "unit").order_by("user__name"))


def note_refused(outcome: str) -> None:
    """Every attempt is an event, whatever stopped it."""
    door.refuse(BreakGlass, None, outcome=outcome, action="break_glass.open")


def case_numbered(actor: Actor, sought: str | IdentityNumber) -> Case:
    """The case by its number or by the person's. Raises NoSuchCase, the same for missing and closed."""
    if isinstance(sought, str):
        found = Case.objects.filter(number=sought)
    else:
        found = Case.objects.filter(person_id__in=people_known(actor, sought))
    open_first = sorted(
        found.exclude(bars_on_case("pk")["conflict"](actor)),
        key=lambda case: (case.stage in ENDED_STAGES, -case.opened_at.timestamp()),
    )
    if not open_first:
        raise NoSuchCase
    return open_first[0]


def open_in_emergency(
    *, actor: Actor, once: UUID, case: Case, emergency: Emergency, now: datetime
) -> BreakGlass:
    """One case, read only, until the dated rule's time is up. Raises AlreadyOpen.

    The second factor has been given anew by whoever calls this. A second opening prolongs nothing.
    """
    hold_case(case)
    earlier = opening_of(actor, once)
    if earlier is not None:
        return earlier
    works = door.visible(actor, Case).filter(pk=case.pk).first()
    if works is not None and door.may(actor, works, "conversation", Action.READ):
        raise AlreadyOpen(case.pk)
    today = local_date(now)
    reviewer = reviewer_of(Membership.objects.get(pk=actor.member), today, person_id=case.person_id)
    row_id = opening_id(actor, once)
    opening = BreakGlass.objects.create(
        id=row_id,
        municipality_id=case.municipality_id,
        agency_id=case.agency_id,
        case=case,
        membership_id=actor.member,
        unit_id=actor.unit,
        opened_by_user=actor.user,
        reason=emergency.reason,
        opened_at=now,
        until=now + opening_rule(today).lasts,
        reviewer=reviewer,
        **seal_texts(case, model=BreakGlass, row_id=row_id, texts={"words": emergency.words}),
    )
    if reviewer is not None:
        ask(opening, case.number, reviewer)
    record(
        "break_glass.open",
        object_type="cases.breakglass",
        object_id=opening.id,
        case=(case.id, case.number),
        basis=emergency.reason,
    )
    return opening


def running(actor: Actor, *, now: datetime) -> list[BreakGlass]:
    """The actor's own openings that last at this moment, the one that ends first first."""
    mine = door.listed(actor, BreakGlass).filter(membership_id=actor.member)
    open_now = mine.filter(opened_at__lte=now, until__gt=now, ended_at__isnull=True)
    # Asked for every page, and nearly always none: that is told for two thirds of what the rows cost.
    return list(open_now.select_related("case").order_by("until")) if open_now.exists() else []


def is_running(opening: BreakGlass, *, now: datetime) -> bool:
    return opening.ended_at is None and opening.opened_at <= now < opening.until


def end_opening(*, actor: Actor, opening: BreakGlass, now: datetime) -> None:
    """Ends it before its time, from the next request; ending it again changes nothing."""
    door.demand(actor, opening, "break_glass", Action.WRITE)
    if not is_running(opening, now=now):
        return
    opening.ended_at = now
    opening.save(update_fields=["ended_at"])
    record(
        "break_glass.end",
        object_type="cases.breakglass",
        object_id=opening.id,
        case=(opening.case_id, opening.case.number),
    )


def review_opening(
    *, actor: Actor, opening: BreakGlass, outcome: str, note: str, now: datetime
) -> None:
    """Somebody else says whether it was right, once. Raises ChangedMeanwhile; the table knows the outcomes."""
    door.demand(actor, opening, "break_glass", Action.DECIDE)
    locked = BreakGlass.objects.select_for_update().get(pk=opening.pk)
    if locked.outcome:
        raise ChangedMeanwhile
    opening.outcome = outcome
    opening.reviewed_by_id, opening.reviewed_by_user = actor.membership_id, actor.user_id
    opening.reviewed_at = now
    opening.note = seal_texts(
        opening.case, model=BreakGlass, row_id=opening.id, texts={"note": note}
    )["note"]
    opening.save(
        update_fields=["outcome", "reviewed_by", "reviewed_by_user", "reviewed_at", "note"]
    )
    finish(kind=KIND, subject_id=opening.id)
    record(
        "break_glass.review",
        object_type="cases.breakglass",
        object_id=opening.id,
        case=(opening.case_id, opening.case.number),
        basis=outcome,
    )
