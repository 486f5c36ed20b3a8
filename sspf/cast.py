"""The demo's directory and people, read from `cast.toml` into the database; running it twice changes nothing."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from access.models import Agency, Membership, Municipality, Unit, User
from access.request_transaction import work

FILE = Path(__file__).with_name("cast.toml")
ADDRESS = "{}@sspf.example"


def seed_cast(*, today: date) -> None:
    """Makes what is missing: municipalities, agencies, units, people and their memberships."""
    cast = tomllib.loads(FILE.read_text(encoding="utf-8"))
    for row in cast["municipality"]:
        Municipality.objects.get_or_create(code=row["code"], defaults=row)
    agencies = {row["key"]: _agency(row) for row in cast["agency"]}
    with work(None):
        for row in cast["person"]:
            _person(row, agencies, today)


def _agency(row: dict[str, Any]) -> Agency:
    agency, _made = Agency.objects.get_or_create(
        municipality=Municipality.objects.get(code=row["municipality"]),
        name=row["name"],
        defaults={
            "kind": row["kind"],
            "secrecy_regime": row["regime"],
            "independent": row.get("independent", False),
            "hosts_sspf": row.get("hosts_sspf", False),
        },
    )
    for name in row["units"]:
        receives = name == row.get("report_intake")
        Unit.objects.get_or_create(
            agency=agency, name=name, defaults={"receives_reports": receives}
        )
    return agency


def _person(row: dict[str, Any], agencies: dict[str, Agency], today: date) -> None:
    user = User.objects.filter(demo_cast=row["id"]).first()
    if user is None:
        # No password: in the demo one signs in with the cast's buttons only.
        user = User.objects.create_user(email=ADDRESS.format(row["id"]), name=row["name"])
        user.demo_cast = row["id"]
        user.save(update_fields=["demo_cast"])
    for order, held in enumerate(row["memberships"]):
        agency = agencies[held["agency"]]
        unit = Unit.objects.get(agency=agency, name=held["unit"])
        Membership.objects.get_or_create(
            user=user,
            unit=unit,
            role=held["role"],
            defaults={
                "agency": agency,
                "municipality_id": agency.municipality_id,
                "starts_on": today - timedelta(days=60 - order),
                "ends_on": today + timedelta(days=305),
            },
        )
