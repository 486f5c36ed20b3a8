"""A municipality begins with a file, and with two administrators."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from access.actor import actor_of
from access.models import Agency, Membership, Municipality, Role, Unit, User
from access.request_transaction import set_partition
from audit.models import AuditEvent

EXAMPLE = Path(__file__).resolve().parents[2] / "deploy" / "municipality.example.toml"
PHONE = "08-465 004 50"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The example as it stands, for a municipality that has not begun."""
    path = tmp_path / "municipality.toml"
    path.write_text(EXAMPLE.read_text(encoding="utf-8").replace("1495", "0114"), encoding="utf-8")
    return path


def found(file: Path) -> str:
    said = StringIO()
    call_command("found", str(file), stdout=said)
    return said.getvalue()


def test_it_makes_what_the_file_says_and_invites_two(
    db: None, file: Path, django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks() as after:  # type: ignore[operator]  # a fixture without a type of its own
        assert found(file).count("Invited") == 2
    assert len(after) == 2
    home = Municipality.objects.get(code="0114")
    assert (home.name, home.intake_phone) == ("Upplands Väsby", PHONE)
    assert Agency.objects.get(municipality=home, hosts_sspf=True).kind == "social_services"
    assert Unit.objects.get(agency__municipality=home, receives_reports=True).name == "Mottagningen"
    held = Membership.objects.in_force(timezone.localdate()).filter(municipality=home)
    assert {one.role for one in held} == {Role.ADMINISTRATOR}
    assert not any(one.user.has_usable_password() for one in held.select_related("user"))
    set_partition(actor_of(held[0]))
    assert AuditEvent.objects.filter(action="membership.add", municipality_id=home.id).count() == 2


def test_again_it_changes_nothing_and_adds_only_what_is_missing(db: None, file: Path) -> None:
    found(file)
    more = file.read_text(encoding="utf-8").replace(
        '["Centralskolan"]', '["Centralskolan", "Östra"]'
    )
    file.write_text(more.replace(PHONE, "0000"), encoding="utf-8")
    assert "There is an administrator at work" in found(file)
    home = Municipality.objects.get(code="0114")
    assert home.intake_phone == PHONE
    assert Unit.objects.filter(agency__municipality=home).count() == 5
    assert Membership.objects.filter(municipality=home).count() == 2


def test_where_every_administrator_has_left_it_is_the_way_back(db: None, file: Path) -> None:
    found(file)
    Membership.objects.filter(municipality__code="0114").update(ended_at=timezone.now())
    assert found(file).count("Invited") == 2
    assert User.objects.filter(email="forsta@kommunen.example").count() == 1


@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        ("andra@kommunen", "FORSTA@kommunen", "two administrators"),
        ("hosts_sspf = true\n", "", "hosts_sspf"),
        ('kind = "police"', 'kind = "army"', "kind is one of"),
        ('regime = "osl_35"', 'regime = "none"', "regime is one of"),
        ('"0114"', '"9999"', "no municipality"),
        ('unit = "Barn och unga"', 'unit = "Ingen"', "no such unit"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_begins_nothing(
    db: None, file: Path, was: str, now: str, why: str
) -> None:
    before = Municipality.objects.count(), Unit.objects.count(), User.objects.count()
    text = file.read_text(encoding="utf-8")
    assert was in text
    file.write_text(text.replace(was, now), encoding="utf-8")
    with pytest.raises(CommandError, match=why):
        found(file)
    assert (Municipality.objects.count(), Unit.objects.count(), User.objects.count()) == before
