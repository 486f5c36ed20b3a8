"""How a municipality begins, before there is anybody who could agree to anything: its agencies, units and two administrators.

Read from a file that two people have seen. Running it again adds what is missing and changes nothing that is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_noop

from access.accounts import rules
from access.accounts.invitation import invite
from access.actor import system_actor
from access.models import (
    Agency,
    AgencyKind,
    Membership,
    Municipality,
    Role,
    SecrecyRegime,
    Unit,
    User,
)
from access.municipality_codes import municipality_names
from access.request_transaction import record, work

NAME = gettext_noop("Kommunens start")
# Nobody gives a role alone, so nobody can be the only one who begins.
FEWEST = 2


class NotFounded(Exception):
    """The file does not describe a municipality that can begin; the text says why."""


def found(table: Mapping[str, Any], *, today: date) -> list[Membership]:
    """Gives the administrators that were made: none where the municipality has one at work, who then gives the roles.

    The shape of `table`: deploy/municipality.example.toml. Raises NotFounded before anything is made.
    """
    _check(table)
    given = table["municipality"]
    with work(None):
        municipality, _made = Municipality.objects.get_or_create(
            code=given["code"],
            defaults={**given, "name": municipality_names()[given["code"]]},
        )
        for agency in table["agency"]:
            _agency(municipality, agency)
    at_work = Membership.objects.in_force(today).filter(
        municipality=municipality, role=Role.ADMINISTRATOR
    )
    if at_work.exists():
        return []
    return [_administrator(municipality, person, today) for person in table["administrator"]]


def _check(table: Mapping[str, Any]) -> None:
    for key in ("municipality", "agency", "administrator"):
        if not table.get(key):
            raise NotFounded(f"[{key}] is missing")
    code = table["municipality"].get("code")
    if code not in municipality_names():
        raise NotFounded(f"{code} is no municipality's code")
    for agency in table["agency"]:
        _check_agency(agency)
    if sum(bool(agency.get("hosts_sspf")) for agency in table["agency"]) != 1:
        raise NotFounded("one agency, and only one, has hosts_sspf = true")
    places = {(agency["name"], unit) for agency in table["agency"] for unit in agency["units"]}
    for person in table["administrator"]:
        if (person["agency"], person["unit"]) not in places:
            raise NotFounded(f"{person['name']}: no such unit in the file")
    if len({person["email"].strip().lower() for person in table["administrator"]}) < FEWEST:
        raise NotFounded("two administrators: nobody gives a role alone")


def _check_agency(agency: Mapping[str, Any]) -> None:
    name = agency.get("name")
    if agency.get("kind") not in AgencyKind.values:
        raise NotFounded(f"{name}: kind is one of {', '.join(AgencyKind.values)}")
    if agency.get("regime") not in SecrecyRegime.values:
        raise NotFounded(f"{name}: regime is one of {', '.join(SecrecyRegime.values)}")


def _agency(municipality: Municipality, row: Mapping[str, Any]) -> None:
    agency, _made = Agency.objects.get_or_create(
        municipality=municipality,
        name=row["name"],
        defaults={
            "kind": row["kind"],
            "secrecy_regime": row["regime"],
            "independent": row.get("independent", False),
            "hosts_sspf": row.get("hosts_sspf", False),
        },
    )
    for name in row["units"]:
        Unit.objects.get_or_create(
            agency=agency,
            name=name,
            defaults={"receives_reports": name == row.get("report_intake")},
        )


def _administrator(municipality: Municipality, row: Mapping[str, Any], today: date) -> Membership:
    unit = Unit.objects.select_related("agency").get(
        agency__municipality=municipality, agency__name=row["agency"], name=row["unit"]
    )
    actor = system_actor(name=NAME, municipality_id=municipality.id, agency_id=unit.agency_id)
    with work(actor):
        email = row["email"].strip().lower()
        person = User.objects.filter(email__iexact=email).first()
        if person is None:
            person = User.objects.create_user(email=email, name=row["name"])
        membership = Membership.objects.create(
            user=person,
            municipality=municipality,
            agency=unit.agency,
            unit=unit,
            role=Role.ADMINISTRATOR,
            starts_on=today,
            ends_on=rules.latest_day(today),
        )
        record("membership.add", object_type="access.membership", object_id=membership.id)
        invite(person)
    return membership
