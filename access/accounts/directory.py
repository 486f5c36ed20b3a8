"""The municipality's units, contacts and settings: added, changed and ended by an administrator; nothing is deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from access.accounts.services import ChangedMeanwhile, hold
from access.actor import Actor
from access.models import Agency, Membership, MembershipProposal, Municipality, ProposalState, Unit
from access.request_transaction import record


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFacts:
    """What is known of a unit. mailbox: shared by those who work there, never one person's."""

    name: str
    mailbox: str
    receives_reports: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """Telephone numbers for reports of concern, and how the data protection officer is reached: shown and printed."""

    intake_phone: str
    after_hours_phone: str
    data_protection_officer: str


class NameTaken(Exception):
    """The agency has or has had a unit with that name."""


class PeopleLeft(Exception):
    """Somebody still has a role in the unit, or one is proposed there."""


def facts_of(unit: Unit) -> UnitFacts:
    return UnitFacts(name=unit.name, mailbox=unit.mailbox, receives_reports=unit.receives_reports)


def contacts_of(municipality: Municipality) -> Contacts:
    return Contacts(**{name: getattr(municipality, name) for name in Contacts.__slots__})


def add_unit(*, actor: Actor, agency: Agency, facts: UnitFacts) -> Unit:
    """Raises NameTaken."""
    hold(actor)
    _name_is_free(agency, facts.name)
    unit = Unit.objects.create(
        agency=agency,
        name=facts.name,
        mailbox=facts.mailbox,
        receives_reports=facts.receives_reports,
    )
    record("unit.add", object_type="access.unit", object_id=unit.id)
    return unit


def change_unit(*, actor: Actor, unit: Unit, seen: UnitFacts, facts: UnitFacts) -> None:
    """Raises ChangedMeanwhile, NameTaken."""
    hold(actor)
    held = Unit.objects.select_for_update(of=("self",)).select_related("agency").get(pk=unit.pk)
    if facts_of(held) != seen or held.ended_on is not None:
        raise ChangedMeanwhile
    if held.name != facts.name:
        _name_is_free(held.agency, facts.name)
    held.name, held.mailbox = facts.name, facts.mailbox
    held.receives_reports = facts.receives_reports
    held.save(update_fields=["name", "mailbox", "receives_reports"])
    record("unit.change", object_type="access.unit", object_id=held.id)


def end_unit(*, actor: Actor, unit: Unit, today: date) -> None:
    """Nothing new goes there; what stands there stays. Ended twice it has ended once. Raises PeopleLeft."""
    hold(actor)
    held = Unit.objects.select_for_update().get(pk=unit.pk)
    if held.ended_on is not None:
        return
    working = Membership.objects.filter(unit=held, ended_at__isnull=True, ends_on__gte=today)
    proposed = MembershipProposal.objects.filter(unit=held, state=ProposalState.WAITING)
    if working.exists() or proposed.exists():
        raise PeopleLeft
    held.ended_on = today
    held.save(update_fields=["ended_on"])
    record("unit.end", object_type="access.unit", object_id=held.id)


def change_contacts(*, actor: Actor, seen: Contacts, contacts: Contacts) -> None:
    """Raises ChangedMeanwhile."""
    hold(actor)
    municipality = Municipality.objects.get(pk=actor.municipality_id)
    if contacts_of(municipality) != seen:
        raise ChangedMeanwhile
    for name in Contacts.__slots__:
        setattr(municipality, name, getattr(contacts, name))
    municipality.save(update_fields=list(Contacts.__slots__))
    record("municipality.change", object_type="access.municipality", object_id=municipality.id)


def _name_is_free(agency: Agency, name: str) -> None:
    if Unit.objects.filter(agency=agency, name__iexact=name).exists():
        raise NameTaken
