"""The case's timeline tells how far a consent has come: once for each thing, and never what one person has answered."""

from __future__ import annotations

import re

from django.test import Client
from django.utils import timezone

from access.request_transaction import work
from access.revealed import Revealed
from cases.models import Consent, ConsentScope
from cases.views.consent_parts import consent_row
from tests.cases import steps
from tests.cases.talk_steps import id_in
from tests.cases.test_consent import begun, taken, text, two_guardians
from tests.cast import Cast


def told(client: Client, case: str) -> list[str]:
    """The lines of the timeline about the consent, oldest first."""
    lines = re.findall(r'<p class="s-event__title">(Samtycke: [^<]*?)\s*</p>', text(client, case))
    return lines[::-1]


def test_signatures_are_counted_and_nothing_is_told_twice(cast: Cast) -> None:
    coordinator, case, _consent, (first, second, youth) = begun(cast, age=16)
    steps.answer_for(coordinator, first)
    steps.answer_for(coordinator, second, "unreachable", channel="phone")
    steps.answer_for(coordinator, second, channel="letter")
    steps.answer_for(coordinator, youth)
    lines = told(coordinator, case)
    assert lines == [
        "Samtycke: utkast",
        "Samtycke: lämnat för underskrift",
        *(f"Samtycke: underskrift {one} av 3" for one in (1, 2, 3)),
        "Samtycke: lämnat",
    ]
    assert "Brev eller blankett" in text(coordinator, case)


def test_the_young_person_who_signs_is_among_those_named(cast: Cast) -> None:
    coordinator, case, consent, signers = begun(cast, age=16)
    for words in ("Ska skrivas under av", "Underskrivet av"):
        (names,) = re.findall(rf"<dt>{words}</dt><dd>(.*?)</dd>", text(coordinator, case))
        assert sorted(names.split("<br>")) == [
            "Mona Persson, vårdnadshavare",
            "Nils Persson",
            "Pär Persson, vårdnadshavare",
        ]
        for signer in signers:
            steps.answer_for(coordinator, signer)
    actor, row_id = cast.actor("koordinator"), id_in(consent)
    with work(actor):
        row = Consent.objects.get(pk=row_id)
        # Some were written before the young person's name stood there too.
        shown = Revealed(row, {"signed_by": "Mona Persson\nPär Persson"}, actor, {})
        named = consent_row(actor, shown, timezone.localdate(), youth_name="Nils Persson")
    assert named["signed_by"] == ["Mona Persson", "Pär Persson", "Nils Persson"]


def test_a_consent_is_asked_for_once_and_a_new_one_where_one_holds(cast: Cast) -> None:
    coordinator, case = taken(cast, age=16)
    links = rf'href="{case}samtycke/"[^>]*>([^<]*)<'
    assert re.findall(links, text(coordinator, case)) == ["Registrera samtycke"]
    two_guardians(coordinator, case)
    consent = steps.begin_consent(coordinator, case, [cast.membership("larare").agency_id])
    for signer in steps.signers(coordinator, consent):
        steps.answer_for(coordinator, signer)
    assert re.findall(links, text(coordinator, case)) == ["Nytt samtycke"]


def test_a_no_is_nobodys_in_the_timeline(cast: Cast) -> None:
    coordinator, case, consent, (first, second, _youth) = begun(cast, age=16)
    steps.answer_for(coordinator, first)
    steps.answer_for(coordinator, second, "refused", channel="phone")
    assert told(coordinator, case)[-2:] == ["Samtycke: underskrift 1 av 3", "Samtycke: avböjt"]
    assert "har sagt nej" in text(coordinator, consent)
    assert "sagt nej" not in text(coordinator, case)


def test_a_view_is_told_alike_whatever_it_is(cast: Cast) -> None:
    coordinator, case, _consent, (_first, _second, youth) = begun(cast, age=12)
    steps.answer_for(coordinator, youth, "dissented", opinion="Jag vill inte.")
    assert told(coordinator, case)[-1] == "Samtycke: den unge har fått säga sin mening"


def test_what_was_taken_back_in_one_step_is_one_line(cast: Cast) -> None:
    case, _summary = steps.released(cast)
    coordinator, police = cast.client("koordinator"), cast.membership("polis", code="1495")
    agency = str(police.agency_id)
    path = steps.link_matching(coordinator, case, r"/samtycke/[0-9a-f-]{36}/aterkalla/")
    units = set(
        ConsentScope.objects.filter(covers_agency=agency).values_list("covers_unit", flat=True)
    )
    assert ConsentScope.objects.filter(covers_agency=agency).count() > len(units)
    part = {"scopes": [str(one) for one in units], "channel": "phone", "act": "confirm"}
    assert coordinator.post(path, part).status_code == 302
    assert told(coordinator, case)[-1:] == ["Samtycke: delvis återkallat"]
    assert (
        coordinator.post(path, {"whole": "on", "channel": "phone", "act": "confirm"}).status_code
        == 302
    )
    lines = told(coordinator, case)
    assert lines.count("Samtycke: delvis återkallat") == lines.count("Samtycke: återkallat") == 1
