"""Giving, attesting and ending roles. Nobody gives a role alone, and nobody has a say about their own.

Every change in a municipality waits for the one before it (`hold`): two administrators at once lose nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from access.accounts import rules
from access.accounts.guests import end_guests, shorten_guests
from access.accounts.invitation import invite
from access.actor import Actor
from access.models import (
    Attestation,
    Membership,
    MembershipProposal,
    Municipality,
    ProposalState,
    Role,
    Unit,
    User,
)
from access.request_transaction import record

_ended: list[Callable[[UUID], None]] = []


class OnesOwn(Exception):
    """About one's own role, whoever one is."""


class NotTheirs(Exception):
    """This role may not agree to that."""


class ChangedMeanwhile(Exception):
    """Somebody else has changed it since it was shown."""


class Passed(Exception):
    """Its last day has been: nobody would act in the role for a day."""


class HeldAlready(Exception):
    """The person has that role there in that time."""


class KeptApart(Exception):
    """A rule keeps two roles apart; `apart` says which and why."""

    def __init__(self, apart: rules.Apart) -> None:
        super().__init__(apart.basis)
        self.apart = apart


class LastAdministrator(Exception):
    """Then nobody would keep the municipality's accounts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A role for the person with that work address."""

    email: str
    name: str
    unit: Unit
    role: Role
    starts_on: date
    ends_on: date


def when_ended(then: Callable[[UUID], None]) -> None:
    """Registers what is done where a role has ended, with the agency's id; called once, from an app's `ready`."""
    _ended.append(then)


def hold(actor: Actor) -> None:
    """Until the transaction ends nobody else changes the municipality's accounts; references to it are not held up."""
    Municipality.objects.select_for_update(no_key=True).get(pk=actor.municipality_id)


def propose(*, actor: Actor, asked: Asked, now: datetime) -> MembershipProposal:
    """Waits for somebody else. Asked for twice it is one. Raises OnesOwn, HeldAlready, KeptApart."""
    hold(actor)
    email = asked.email.strip().lower()
    person = User.objects.filter(email__iexact=email).first()
    if person is not None and person.id == actor.user:
        raise OnesOwn
    waiting = MembershipProposal.objects.filter(
        municipality_id=actor.municipality_id,
        email=email,
        unit=asked.unit,
        role=asked.role,
        state=ProposalState.WAITING,
    ).first()
    if waiting is not None:
        return waiting
    _fits(person, asked)
    made = MembershipProposal.objects.create(
        municipality_id=actor.municipality_id,
        agency_id=asked.unit.agency_id,
        unit=asked.unit,
        role=asked.role,
        email=email,
        name=asked.name,
        starts_on=asked.starts_on,
        ends_on=asked.ends_on,
        proposed_by_id=actor.member,
        proposed_by_user=actor.user,
        proposed_at=now,
    )
    record("membership.propose", object_type="access.membershipproposal", object_id=made.id)
    return made


def account_here(proposal: MembershipProposal) -> User | None:
    """Who has the address, if they have or have had a role in the municipality: of others' accounts nothing is told."""
    here = Membership.objects.filter(municipality_id=proposal.municipality_id)
    return User.objects.filter(email__iexact=proposal.email, pk__in=here.values("user_id")).first()


def may_confirm(actor: Actor, proposal: MembershipProposal, on: date) -> bool:
    """Another than who proposed it and than whom it is about, in a role that may agree to it; a manager in the own agency."""
    if proposal.municipality_id != actor.municipality_id:
        return False
    if actor.user == proposal.proposed_by_user or _is_about(actor, proposal):
        return False
    if actor.role == Role.MANAGER and proposal.agency_id != actor.agency_id:
        return False
    return actor.role in rules.confirmed_by(proposal.role, on)


def confirm(
    *, actor: Actor, proposal: MembershipProposal, today: date, now: datetime
) -> Membership:
    """From its first day the person acts in the role; somebody new is invited to choose a password.

    Raises NotTheirs, ChangedMeanwhile, Passed, HeldAlready, KeptApart.
    """
    hold(actor)
    locked = _waiting(proposal)
    if not may_confirm(actor, locked, today):
        raise NotTheirs
    if locked.ends_on < today:
        raise Passed
    person = User.objects.filter(email__iexact=locked.email).first()
    asked = Asked(
        email=locked.email,
        name=locked.name,
        unit=locked.unit,
        role=Role(locked.role),
        starts_on=locked.starts_on,
        ends_on=locked.ends_on,
    )
    _fits(person, asked)
    if person is None:
        person = User.objects.create_user(email=locked.email, name=locked.name)
    membership = Membership.objects.create(
        user=person,
        municipality_id=locked.municipality_id,
        agency_id=locked.agency_id,
        unit_id=locked.unit_id,
        role=locked.role,
        starts_on=locked.starts_on,
        ends_on=locked.ends_on,
    )
    locked.membership = membership
    _decide(actor, locked, ProposalState.CONFIRMED, now)
    record("membership.add", object_type="access.membership", object_id=membership.id)
    if not person.has_usable_password():
        invite(person)
    return membership


def decline(*, actor: Actor, proposal: MembershipProposal, today: date, now: datetime) -> None:
    """By whoever may agree to it; taken back by who proposed it. Raises NotTheirs, ChangedMeanwhile."""
    hold(actor)
    locked = _waiting(proposal)
    if actor.user == locked.proposed_by_user:
        _decide(actor, locked, ProposalState.WITHDRAWN, now)
        record("membership.withdraw", object_type="access.membershipproposal", object_id=locked.id)
        return
    if not may_confirm(actor, locked, today):
        raise NotTheirs
    _decide(actor, locked, ProposalState.REFUSED, now)
    record("membership.refuse", object_type="access.membershipproposal", object_id=locked.id)


def attest(
    *,
    actor: Actor,
    membership: Membership,
    ends_on: date,
    seen_ends_on: date,
    today: date,
    now: datetime,
) -> None:
    """The role is still needed, and lasts until that day; a guest's no longer than the one at home. Raises OnesOwn, ChangedMeanwhile, KeptApart."""
    held = _held(actor, membership, seen_ends_on, today)
    if held.user_id == actor.user:
        raise OnesOwn
    if ends_on < held.ends_on:
        raise ValueError("an attestation never shortens a role")
    if held.home is not None:
        ends_on = min(ends_on, held.home.ends_on)
    _apart(held.user, _as_held(held), held.starts_on, ends_on, without=held.id)
    Attestation.objects.create(
        municipality_id=held.municipality_id,
        agency_id=held.agency_id,
        membership=held,
        about_user=held.user_id,
        attested_by_id=actor.member,
        attested_by_user=actor.user,
        attested_at=now,
        ends_on=ends_on,
    )
    held.ends_on = ends_on
    held.save(update_fields=["ends_on"])
    record("membership.extend", object_type="access.membership", object_id=held.id)


def shorten(
    *, actor: Actor, membership: Membership, ends_on: date, seen_ends_on: date, today: date
) -> None:
    """It ends by itself earlier than it would have. Raises ChangedMeanwhile, LastAdministrator."""
    held = _held(actor, membership, seen_ends_on, today)
    if not max(today, held.starts_on) <= ends_on <= held.ends_on:
        raise ValueError("only an attestation makes a role last longer")
    _somebody_is_left(held, today)
    held.ends_on = ends_on
    held.save(update_fields=["ends_on"])
    record("membership.shorten", object_type="access.membership", object_id=held.id)
    shorten_guests(held)


def end_now(*, actor: Actor, membership: Membership, today: date, now: datetime) -> None:
    """From the next request it opens nothing; what the person had is told to a manager. Ended twice it has ended once.

    Raises LastAdministrator.
    """
    hold(actor)
    held = Membership.objects.select_for_update(of=("self",)).get(pk=membership.pk)
    if held.ended_at is not None:
        return
    _somebody_is_left(held, today)
    held.ended_at = now
    held.save(update_fields=["ended_at"])
    record("membership.end", object_type="access.membership", object_id=held.id)
    places = {held.agency_id} | {guest.agency_id for guest in end_guests(held, now)}
    for then in _ended:
        for agency_id in sorted(places):
            then(agency_id)


def invite_again(*, actor: Actor, membership: Membership) -> None:
    """A new link to choose a password, to the person's work address; an earlier one stops working when it is used."""
    invite(membership.user)
    record("account.invite", object_type="access.user", object_id=membership.user_id)


def _waiting(proposal: MembershipProposal) -> MembershipProposal:
    locked = (
        MembershipProposal.objects.select_for_update(of=("self",))
        .select_related("unit__agency")
        .get(pk=proposal.pk)
    )
    if locked.state != ProposalState.WAITING:
        raise ChangedMeanwhile
    return locked


def _is_about(actor: Actor, proposal: MembershipProposal) -> bool:
    return User.objects.filter(pk=actor.user, email__iexact=proposal.email).exists()


def _decide(
    actor: Actor, proposal: MembershipProposal, state: ProposalState, now: datetime
) -> None:
    proposal.state = state
    proposal.decided_by_id, proposal.decided_by_user = actor.member, actor.user
    proposal.decided_at = now
    proposal.save(
        update_fields=["state", "decided_by", "decided_by_user", "decided_at", "membership"]
    )


def _held(actor: Actor, membership: Membership, seen_ends_on: date, today: date) -> Membership:
    hold(actor)
    held = (
        Membership.objects.select_for_update(of=("self",))
        .select_related("user")
        .get(pk=membership.pk)
    )
    if held.ended_at is not None or held.ends_on < today or held.ends_on != seen_ends_on:
        raise ChangedMeanwhile
    return held


def _as_held(membership: Membership) -> rules.Held:
    return rules.Held(
        role=membership.role,
        municipality_id=membership.municipality_id,
        agency_id=membership.agency_id,
    )


def _fits(person: User | None, asked: Asked) -> None:
    if person is None:
        return
    overlapping = _overlapping(person, asked.starts_on, asked.ends_on)
    if overlapping.filter(unit=asked.unit, role=asked.role).exists():
        raise HeldAlready
    new = rules.Held(
        role=asked.role,
        municipality_id=asked.unit.agency.municipality_id,
        agency_id=asked.unit.agency_id,
    )
    _apart(person, new, asked.starts_on, asked.ends_on)


def _apart(
    person: User, new: rules.Held, starts_on: date, ends_on: date, *, without: UUID | None = None
) -> None:
    others = _overlapping(person, starts_on, ends_on).filter(~Q(pk=without))
    found = rules.kept_apart(new, [_as_held(one) for one in others], starts_on)
    if found is not None:
        raise KeptApart(found)


def _overlapping(person: User, starts_on: date, ends_on: date) -> QuerySet[Membership]:
    return Membership.objects.filter(
        user=person, ended_at__isnull=True, starts_on__lte=ends_on, ends_on__gte=starts_on
    )


def _somebody_is_left(leaving: Membership, today: date) -> None:
    if leaving.role != Role.ADMINISTRATOR:
        return
    others = (
        Membership.objects.in_force(today)
        .filter(municipality_id=leaving.municipality_id, role=Role.ADMINISTRATOR)
        .exclude(pk=leaving.pk)
    )
    if not others.exists():
        raise LastAdministrator
