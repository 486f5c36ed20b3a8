"""Receivers who do not work here: the Customs, a prosecutor, an individual with a reservation (domain.md §3.2, by hand)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from django.utils import timezone

from access.request_transaction import set_partition
from cases.models import Disclosure, Release, Summary
from cases.rules.legal_basis import Party, Subject, bases_for
from cases.rules.outside_receiver import offered, outside
from cases.rules.share_ways import usable
from tests.cases.share_steps import (
    RISK,
    TOLD,
    case_of_sami,
    decide,
    fields_to,
    send,
    text_of,
    years_ago,
)
from tests.cast import Cast

CUSTOMS, PROSECUTOR, INDIVIDUAL = (str(UUID(int=number)) for number in (1, 2, 4))
TODAY = date(2026, 11, 22)
SOCIAL = Party(kind="social_services", regime="osl_26", role="social_worker")
PRINCIPAL = Party(kind="school", regime="osl_23", role="principal")
FREE = Party(kind="school", regime="skollagen_29_14", independent=True, role="principal")
LEISURE = Party(kind="leisure", regime="osl_21", role="youth_worker")
POLICE = Party(kind="police", regime="osl_35", role="police_officer")

# "any → any": without consent these are for everybody who is an authority.
ALWAYS = {"MENPROVNING", "NODVANDIG", "NOD", "AVIDENT"}
# 18 a names the Customs, 20, 21, 22, 23 and 24 do not; 2025:170 is about every law enforcement agency.
EXPECTED = {
    ("customs", "social"): ALWAYS | {"UNGA_18A", "BROTT_15A"},
    ("customs", "principal"): ALWAYS | {"BROTT_15A", "GENERAL_27", "UL_7"},
    ("customs", "leisure"): ALWAYS | {"BROTT_15A", "GENERAL_27", "UL_6"},
    ("customs", "police"): ALWAYS | {"BROTT_15A", "GENERAL_27"},
    ("customs", "free"): {"TYSTNADSPLIKT_29_14", "NOD", "AVIDENT", "UL_7"},
    ("prosecutor", "social"): ALWAYS | {"BROTT_MOT_UNG_21", "UTREDN_23", "BROTT_15A"},
    ("prosecutor", "principal"): ALWAYS | {"UTREDN_24", "BROTT_15A", "GENERAL_27", "UL_7"},
    ("prosecutor", "leisure"): ALWAYS | {"UTREDN_24", "BROTT_15A", "GENERAL_27", "UL_6"},
    ("prosecutor", "police"): ALWAYS | {"UTREDN_24", "BROTT_15A", "GENERAL_27"},
    ("prosecutor", "free"): {"TYSTNADSPLIKT_29_14", "NOD", "AVIDENT", "UL_7"},
    ("individual", "social"): ALWAYS | {"FORBEHALL"},
    ("individual", "principal"): ALWAYS | {"FORBEHALL"},
    ("individual", "leisure"): ALWAYS | {"FORBEHALL"},
    ("individual", "police"): ALWAYS | {"FORBEHALL"},
    ("individual", "free"): {"TYSTNADSPLIKT_29_14", "NOD", "AVIDENT"},
}
SENDERS = {
    "social": SOCIAL,
    "principal": PRINCIPAL,
    "leisure": LEISURE,
    "police": POLICE,
    "free": FREE,
}


@pytest.mark.parametrize(("to", "sender"), EXPECTED)
def test_what_may_be_told_to_whom_outside_is_what_the_law_says(to: str, sender: str) -> None:
    subject = Subject(born=date(2007, 5, 5))
    found = bases_for(SENDERS[sender], Party(kind=to), subject, frozenset({"social"}), TODAY)
    assert {one.code for one in found if usable(one)} == EXPECTED[to, sender]


def test_at_21_and_before_april_2025_the_customs_are_told_nothing_under_18_a() -> None:
    for born, on in ((date(2005, 11, 22), TODAY), (date(2007, 5, 5), date(2025, 3, 31))):
        found = bases_for(
            SOCIAL, Party(kind="customs"), Subject(born=born), frozenset({"social"}), on
        )
        assert "UNGA_18A" not in {one.code for one in found if usable(one)}


def test_the_receivers_outside_have_ids_of_their_own() -> None:
    ids = [one.id for one in offered(TODAY)]
    assert len(ids) == len(set(ids))
    assert [one.kind for one in offered(TODAY)] == ["customs", "prosecutor", "sapo", "individual"]
    assert offered(date(2009, 6, 29)) == []
    elsewhere = outside(UUID(int=0))
    assert elsewhere is not None
    assert elsewhere.kind == "social_services_elsewhere"
    assert outside(UUID(int=5)) is None


def test_the_customs_are_told_by_letter_and_the_register_says_who_received_it(cast: Cast) -> None:
    case = case_of_sami(cast, born=years_ago(19, timezone.localdate()))
    worker, page = cast.client("socialsekreterare"), f"{case}dela/"
    fields = fields_to(cast.membership("polis", code="1495"), to_unit=CUSTOMS) | RISK
    fields |= {"basis": "UNGA_18A", "channel": "letter"}
    assert "Vem tar emot det? Namn och befattning" in text_of(worker.post(page, fields))
    nobody = worker.post(page, fields | {"act": "send"})
    assert nobody.status_code == 422
    assert "Skriv vem som tar emot det." in text_of(nobody)
    here = worker.post(page, fields | {"receiver_name": "Bo Ek", "channel": "in_system", "act": "send"})  # fmt: skip
    assert here.status_code == 422
    proposal = send(worker, page, fields | {"receiver_name": "Bo Ek, tulltjänsteman"})
    assert decide(cast.client("chef"), proposal).status_code == 302
    set_partition(cast.actor("chef"))
    row = Disclosure.objects.get()
    assert (row.to_agency_name, row.to_names, row.channel, row.release_id) == (
        "Tullverket", "Bo Ek, tulltjänsteman", "letter", None,
    )  # fmt: skip
    assert str(row.to_agency) == CUSTOMS
    assert "Bo Ek, tulltjänsteman" in text_of(worker.get(f"/utlamnat/?to={CUSTOMS}"))
    set_partition(cast.actor("polis", code="1495"))
    assert not Release.objects.exists()


def test_an_individual_is_told_with_a_reservation_and_the_name_is_sealed(cast: Cast) -> None:
    case = case_of_sami(cast, born=years_ago(19, timezone.localdate()))
    worker, page = cast.client("socialsekreterare"), f"{case}dela/"
    fields = fields_to(cast.membership("polis", code="1495"), to_unit=INDIVIDUAL)
    fields |= {
        "basis": "FORBEHALL",
        "channel": "letter",
        "receiver_name": "Vera Lind, ledare i bandyklubben",
        "q_risk": "yes",
        "q_risk_note": "Vera får inte berätta för någon annan i klubben.",
    }
    assert "Brev med förbehåll" in text_of(worker.post(page, fields))
    proposal = send(worker, page, fields)
    waiting = text_of(cast.client("chef").get(proposal))
    assert "Vera Lind, ledare i bandyklubben" in waiting
    assert TOLD in waiting
    assert decide(cast.client("chef"), proposal).status_code == 302
    set_partition(cast.actor("chef"))
    row = Disclosure.objects.get()
    assert row.to_names == "En enskild, till exempel en ledare i en förening"
    assert "Vera" not in str(Summary.objects.values())
    # The register leads to who it was.
    link = f'href="{proposal}"'
    assert link in worker.get(f"/utlamnat/{row.pk}/").content.decode()
