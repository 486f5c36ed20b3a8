"""Where SSPF is hosted: may this agency hold individual cases, and the document on which it may (S20)."""

from __future__ import annotations

from datetime import date, datetime

from access import door
from access.actor import Actor
from access.models import Agency
from access.request_transaction import record
from cases.models import Case
from cases.models.case import ENDED_STAGES
from cases.rules.host import HostRule, host_rule
from cases.rules.law import NoRule

NEVER = HostRule(alone=False, needs=(), basis="7 kap. 2 § OSL")


class HostClosed(Exception):
    """The agency that hosts SSPF may hold no individual cases: secrecy does not follow to it (OSL 7:2)."""


class CasesOpen(Exception):
    """The basis stays as long as there are open cases that rest on it."""


class NotNeeded(Exception):
    """Such an agency needs no document of that kind, or none helps."""


def rule_of(agency: Agency, on: date) -> HostRule:
    """A kind of agency that the table does not know may never hold cases."""
    try:
        return host_rule(agency.kind, on)
    except NoRule:
        return NEVER


def may_hold_cases(agency: Agency, on: date) -> bool:
    return agency.hosts_sspf and rule_of(agency, on).met_by(agency.hosting_kind)


def demand_host(agency: Agency, on: date) -> None:
    """Raises HostClosed."""
    if not may_hold_cases(agency, on):
        raise HostClosed


def attach(*, actor: Actor, kind: str, reference: str, dated: date, now: datetime) -> None:
    """From now on the agency holds individual cases on that agreement or legal opinion. Raises NotNeeded."""
    agency = _mine(actor)
    rule = rule_of(agency, dated)
    if rule.alone or kind not in rule.needs:
        raise NotNeeded
    agency.hosting_kind, agency.hosting_reference, agency.hosting_dated = kind, reference, dated
    agency.hosting_added_by, agency.hosting_added_at = actor.member, now
    _save(agency)
    record("host.attach", object_type="access.agency", object_id=agency.id, basis=kind)


def remove(*, actor: Actor) -> None:
    """Individual cases are closed again. Raises CasesOpen."""
    agency = _mine(actor)
    if Case.objects.exclude(stage__in=ENDED_STAGES).exists():
        raise CasesOpen
    agency.hosting_kind, agency.hosting_reference, agency.hosting_dated = "", "", None
    agency.hosting_added_by = agency.hosting_added_at = None
    _save(agency)
    record("host.remove", object_type="access.agency", object_id=agency.id)


def _mine(actor: Actor) -> Agency:
    if not door.may_create(actor, "hosting"):
        raise door.NotHere
    return Agency.objects.select_for_update().get(pk=actor.agency_id, hosts_sspf=True)


def _save(agency: Agency) -> None:
    agency.save(
        update_fields=[
            "hosting_kind",
            "hosting_reference",
            "hosting_dated",
            "hosting_added_by",
            "hosting_added_at",
        ]
    )
