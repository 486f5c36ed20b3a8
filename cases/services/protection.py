"""What a level of protected personal data closes in a case, and who is named to see the person.

A leaf: every service that saves a text or sends something may ask it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from django.core.exceptions import BadRequest
from django.utils import timezone

from access.actor import Actor
from access.models import Membership, Role
from access.request_transaction import record
from cases.models import Case, Concern, Conflict, NamedAccess, Person
from cases.rules.address_text import addresses
from cases.rules.protection import Closed, Level, closes, level
from cases.services.acting import acting_membership
from crypto.keys import Scope, data_key
from crypto.seal import seal

# Roles of the person's own agency that can be named.
NAMEABLE = (Role.COORDINATOR, Role.SOCIAL_WORKER, Role.MANAGER)


@dataclass(frozen=True, slots=True)
class Stop:
    """One place in a text that looks like an address; `line` counts from 1."""

    field: str
    line: int
    words: str

    def __repr__(self) -> str:
        return "Stop(‹förseglat›)"


class AddressInText(BadRequest):
    """A text that looks like an address was about to be saved for somebody protected. Forms ask `stops` before."""


class TooFewNamed(Exception):
    """So few would be named that the person could be left with nobody; `needed` says how many."""

    def __init__(self, needed: int) -> None:
        super().__init__(needed)
        self.needed = needed


class ManagerNotNamed(Exception):
    """No manager is among the named, though the agency has one: nobody could name the next."""


def closed_for(case: Case, what: Closed, *, on: date | None = None) -> bool:
    """Whether the person's level closes it, e.g. Closed.EXPORT, Closed.MAIL, Closed.CALENDAR."""
    return closes(case.person.protection, what, on or timezone.localdate())


def stops(case: Case, texts: Mapping[str, str], *, on: date | None = None) -> list[Stop]:
    """Where the texts (field name → text) look like an address, if the case's person may have none written."""
    today = on or timezone.localdate()
    if not closed_for(case, Closed.ADDRESS, on=today):
        return []
    return in_texts(texts, on=today)


def in_texts(texts: Mapping[str, str], *, on: date) -> list[Stop]:
    return [
        Stop(name, found.line, found.words)
        for name, text in texts.items()
        for found in addresses(text, on)
    ]


def must_hold_no_address(case: Case, texts: Mapping[str, str]) -> None:
    """The last guard, where texts are sealed. Raises AddressInText."""
    if stops(case, texts):
        raise AddressInText


def of_a_stranger_none(texts: Mapping[str, str], *, on: date) -> None:
    """The same for texts about somebody whom nobody looks up, where the writer has not said that it may stand."""
    if in_texts(texts, on=on):
        raise AddressInText


def nameable(agency_id: UUID, *, today: date) -> list[Membership]:
    """Colleagues of the agency who could be named."""
    rows = (
        Membership.objects.in_force(today)
        .filter(agency_id=agency_id, role__in=NAMEABLE)
        .select_related("user", "unit")
        .order_by("user__name", "role")
    )
    return list(rows)


def named_for(person_id: UUID, *, today: date) -> list[NamedAccess]:
    rows = (
        NamedAccess.objects.in_force(today)
        .filter(person_id=person_id)
        .select_related("membership__user", "membership__unit", "named_by__user")
    )
    return list(rows)


def must_be_enough(of: Level, named: Collection[Membership], *, today: date) -> None:
    """Raises TooFewNamed, ManagerNotNamed: by user, since one user in two roles is one person."""
    if len({one.user_id for one in named}) < of.at_least_named:
        raise TooFewNamed(of.at_least_named)
    if not named or any(one.role == Role.MANAGER for one in named):
        return
    agency_id = next(iter(named)).agency_id
    managers = Membership.objects.in_force(today).filter(agency_id=agency_id, role=Role.MANAGER)
    if managers.exists():
        raise ManagerNotNamed


def name_all(
    *, actor: Actor, person: Person, named: Iterable[Membership], reason: str, now: datetime
) -> list[NamedAccess]:
    """Exactly these are named from now on, each until the membership ends; gives those whose naming ended."""
    today = timezone.localdate(now)
    wanted = {one.id: one for one in named}
    # What has run out by itself would stand in the way of a new one.
    NamedAccess.objects.filter(person=person, ended_at__isnull=True, ends_on__lt=today).update(
        ended_at=now
    )
    ended = []
    for known in NamedAccess.objects.filter(person=person, ended_at__isnull=True):
        if wanted.pop(known.membership_id, None) is None:
            known.ended_at = now
            known.save(update_fields=["ended_at"])
            ended.append(known)
    for membership in wanted.values():
        _name(actor, person, membership, reason, now)
    return ended


def name_one(
    *, actor: Actor, case: Case, membership: Membership, reason: str, now: datetime
) -> None:
    today = timezone.localdate(now)
    held = NamedAccess.objects.in_force(today).filter(person=case.person, membership=membership)
    if held.exists():
        return
    _name(actor, case.person, membership, reason, now)
    record(
        "person.name",
        object_type="access.membership",
        object_id=membership.id,
        case=(case.id, case.number),
    )


def _name(actor: Actor, person: Person, membership: Membership, reason: str, now: datetime) -> None:
    row_id = uuid4()
    key = data_key(
        municipality_id=person.municipality_id,
        agency_id=person.agency_id,
        scope=Scope.PERSON,
        scope_id=person.id,
    )
    NamedAccess.objects.create(
        id=row_id,
        municipality_id=person.municipality_id,
        agency_id=person.agency_id,
        person=person,
        membership=membership,
        starts_on=timezone.localdate(now),
        ends_on=membership.ends_on,
        named_by_id=acting_membership(actor),
        named_at=now,
        reason=seal(reason, key=key, field="cases.named_access.reason", row_id=row_id),
    )


def may_work_with(
    person: Person, memberships: Iterable[Membership], *, today: date
) -> list[Membership]:
    """Of these, whom neither the person's level nor a conflict of interest keeps out."""
    free = without_conflict(person, memberships)
    if not level(person.protection, today).named_only:
        return free
    named = {one.membership_id for one in named_for(person.id, today=today)}
    return [one for one in free if one.id in named]


def without_conflict(person: Person | None, memberships: Iterable[Membership]) -> list[Membership]:
    """Of these, also of other agencies, who have no conflict of interest here: it is the user's, in every membership."""
    if person is None:
        return list(memberships)
    barred = set(
        Conflict.objects.filter(person=person, ended_at__isnull=True).values_list(
            "about_user", flat=True
        )
    )
    return [one for one in memberships if one.user_id not in barred]


def carry_over(*, concern: Concern, case: Case) -> None:
    """Who was not to handle the concern is not to handle the case that it led to, nor the person."""
    for conflict in Conflict.objects.filter(concern=concern, ended_at__isnull=True):
        known = Conflict.objects.filter(
            person_id=case.person_id, about_user=conflict.about_user, ended_at__isnull=True
        )
        if not known.exists():
            conflict.person_id = case.person_id
            conflict.save(update_fields=["person"])
