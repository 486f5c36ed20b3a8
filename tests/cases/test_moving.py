"""S8: the family moves to another municipality. Consent stays behind; what follows goes on paper, decided by another."""

from __future__ import annotations

import pytest
from django.utils import timezone

from access.models import Municipality
from access.request_transaction import set_partition
from cases.models import Case, Disclosure, Release, Summary
from cases.services.consent import covering_consent
from cases.services.sharing import OUTSIDE
from tests.cases import steps, talk_steps
from tests.cast import Cast

BODY = "Kanariefågel: stödet på eftermiddagarna behöver fortsätta."


@pytest.fixture
def case(cast: Cast) -> str:
    steps.tell(cast.client("larare"))
    coordinator = cast.client("koordinator")
    page = steps.take(
        coordinator,
        steps.first_link(coordinator, "/inkommet/", "/inkommet/"),
        number="201101022398",
        birth_date="2011-01-02",
    )
    steps.consent(coordinator, page, [cast.membership("polis", code="1495").agency_id])
    talk_steps.id_in(page)
    return page


def letter(**changed: str) -> dict[str, str]:
    return {
        "municipality": "Lidköping",
        "recipient": "Anna Ek, mottagningen",
        "basis": "SOC_SOC",
        "why": "Stöd på eftermiddagarna som ett barn behöver.",
        "about": "Nils, född 2011",
        "body": BODY,
    } | changed


def test_a_summary_goes_on_paper_when_another_has_approved_and_the_register_says_so(
    cast: Cast, case: str
) -> None:
    coordinator = cast.client("koordinator")
    page = coordinator.get(f"{case}flytt/").content.decode()
    for provision in ("29 kap. 9 §", "29 kap. 12 §", "26 kap. 9 § OSL"):
        assert provision in page
    answer = coordinator.post(f"{case}flytt/", letter())
    assert answer.status_code == 302, answer.content.decode()
    summary = answer["Location"]
    set_partition(cast.actor("koordinator"))
    assert not Disclosure.objects.exists()
    assert coordinator.post(summary, {"act": "approve", "seen_version": "0"}).status_code == 409
    manager_works = {
        "act": "add",
        "colleague": str(cast.membership("chef").id),
        "until": timezone.localdate().isoformat(),
    }
    coordinator.post(f"{case}personer/", manager_works)
    manager = cast.client("chef")
    assert BODY in manager.get(summary).content.decode()
    assert manager.post(summary, {"act": "approve", "seen_version": "0"}).status_code == 302
    set_partition(cast.actor("koordinator"))
    row = Disclosure.objects.get()
    assert (row.channel, row.basis, row.to_agency_name, row.to_names, row.to_agency) == (
        "letter",
        "SOC_SOC",
        "Socialtjänsten i Lidköping",
        "Anna Ek, mottagningen",
        OUTSIDE,
    )
    assert row.release_id is None
    assert "Socialtjänsten i Lidköping" in coordinator.get(f"{case}flytt/").content.decode()


def test_nothing_crosses_to_another_municipality(cast: Cast, case: str) -> None:
    cast.client("koordinator").post(f"{case}flytt/", letter(municipality="Götene", basis="FLYTT"))
    set_partition(cast.actor("gotene-koordinator"))
    assert not Release.objects.exists()
    assert not Summary.objects.exists()
    assert not Case.objects.exists()
    assert Municipality.objects.filter(name="Götene").exists()


def test_closed_as_moved_the_consent_is_left_behind(cast: Cast, case: str) -> None:
    police = cast.membership("polis", code="1495").agency_id
    today = timezone.localdate()
    set_partition(cast.actor("koordinator"))
    row = Case.objects.get(pk=talk_steps.id_in(case))
    assert covering_consent(row, agency_id=police, on=today) is not None
    coordinator = cast.client("koordinator")
    talk_steps.close(cast, coordinator, case, "flyttat")
    set_partition(cast.actor("koordinator"))
    row.refresh_from_db()
    assert row.close_reason == "flyttat"
    assert covering_consent(row, agency_id=police, on=today) is None
    assert coordinator.get(case).status_code == 200
    assert coordinator.get(f"{case}flytt/").status_code == 409
    assert coordinator.post(f"{case}flytt/", letter()).status_code == 409


def test_the_basis_for_children_is_closed_for_an_adult_and_the_page_says_why(cast: Cast) -> None:
    steps.tell(cast.client("larare"))
    coordinator = cast.client("koordinator")
    page = steps.take(
        coordinator,
        steps.first_link(coordinator, "/inkommet/", "/inkommet/"),
        birth_date="2000-01-02",
    )
    shown = coordinator.get(f"{page}flytt/").content.decode()
    assert "Personen har fyllt 18 år." in shown
    assert coordinator.post(f"{page}flytt/", letter()).status_code == 422
    assert coordinator.post(f"{page}flytt/", letter(basis="FLYTT")).status_code == 302


def test_only_those_who_work_in_the_case_have_the_page(cast: Cast, case: str) -> None:
    for who in ("socialsekreterare", "chef", "larare", "polis", "administrator"):
        assert cast.client(who).get(f"{case}flytt/").status_code == 404
    assert cast.client("koordinator").post(f"{case}flytt/", letter(municipality="Skara")).status_code == 422  # fmt: skip
