"""Whoever may read first name and year of birth is told no more, whatever is ticked or changed afterwards."""

from __future__ import annotations

import pytest
from django.utils import timezone

from cases.rules.address_text import addresses
from cases.rules.without_identity import tells_who
from tests.cases import steps
from tests.cases.share_steps import decide, fields_to, send, text_of
from tests.cases.test_disclosure import WITHIN
from tests.cast import Cast

KNOWN = ["Nils Erik Persson"]


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Nils, född 2010", False),
        ("Nils Persson", True),
        ("Nils har det svårt. Perssons hund är borta.", True),
        ("NILS ERIK", True),
        ("Ring 070-123 45 67", False),
        ("Han har 20110102-2398.", True),
        ("Han har 1101022398", True),
        ("Ärende 1101022399", False),
    ],
)
def test_what_says_more_than_first_name_and_year(text: str, *, who: bool) -> None:
    assert tells_who(text, names=KNOWN) is who


def test_leisure_is_told_no_whole_name_unticked_or_in_a_later_wording(cast: Cast) -> None:
    steps.tell(cast.client("larare"))
    coordinator, leisure = cast.client("koordinator"), cast.membership("fritidsledare")
    case = steps.take(coordinator, steps.first_link(coordinator, "/inkommet/", "/inkommet/"))
    steps.consent(coordinator, case, [leisure.agency_id], kinds={"leisure"})
    fields = fields_to(leisure, kind="leisure") | WITHIN | {"about": "Nils, född 2010"}
    page = f"{case}dela/"
    for whole in ({"about": "Nils Persson"}, {"body": "Nils heter Persson i efternamn."}):
        refused = coordinator.post(page, fields | whole | {"act": "send"})
        assert refused.status_code == 422
        assert "Texten säger mer än förnamn och födelseår." in text_of(refused)
        ticked = coordinator.post(page, fields | whole | {"act": "send", "full_name": "on"})
        assert "får inte läsa det här i systemet" in text_of(ticked)
    proposal = send(coordinator, page, fields)
    changed = {"about": "Nils Persson", "body": "Går bra.", "seen_version": "0"}
    refused = coordinator.post(f"{proposal}andra/", changed)
    assert refused.status_code == 422
    assert "Någon av mottagarna får bara läsa förnamn" in text_of(refused)
    coordinator.post(f"{proposal}andra/", changed | {"about": "Nils"})
    assert decide(cast.client("chef"), proposal, version="1").status_code == 302
    received = text_of(cast.client("fritidsledare").get("/delat-med-oss/"))
    assert "Nils" in received
    assert "Persson" not in received


def test_after_a_consent_why_is_asked_only_of_whoever_has_not_told_the_person(cast: Cast) -> None:
    steps.tell(cast.client("larare"))
    coordinator, leisure = cast.client("koordinator"), cast.membership("fritidsledare")
    case = steps.take(coordinator, steps.first_link(coordinator, "/inkommet/", "/inkommet/"))
    steps.consent(coordinator, case, [leisure.agency_id], kinds={"leisure"})
    untold = {"about": "Nils, född 2010", "told_why": "", "act": "send"}
    fields = fields_to(leisure, kind="leisure") | WITHIN | untold
    for answer in ("later", "not_told"):
        refused = coordinator.post(f"{case}dela/", fields | {"told": answer})
        assert refused.status_code == 422
        assert "Skriv varför." in text_of(refused)
        assert "Behövs inte om personen vet om det." in text_of(refused)
    proposal = send(coordinator, f"{case}dela/", fields | {"told": "told"})
    assert "Ja, personen vet om det" in text_of(coordinator.get(proposal))


def test_the_name_of_a_street_is_looked_for_in_the_word_before_it_alone() -> None:
    on = timezone.localdate()
    assert [one.words for one in addresses("Bor på Norra vägen 3", on)] == ["Norra vägen 3"]
    assert [one.words for one in addresses("Nya-Norra vägen 3", on)] == ["Norra vägen 3"]
    assert addresses("Norra 1 vägen 3", on) == []
