"""The guide where it matters which unit: the consent of one, and the head of the unit that tells."""

from __future__ import annotations

import pytest

from access.models import Membership, Unit
from tests.cases import steps, talk_steps
from tests.cases.share_steps import decide, fields_to, send, text_of
from tests.cast import Cast

CRIME = {
    "basis": "BROTT_15A",
    "q_brott_note": "Misshandel som planeras på rasten, och skolan kan vara där.",
    "q_behovs": "yes",
    "q_behovs_note": "Utan det vet skolan inte var.",
    "q_overvagande": "no",
    "q_overvagande_note": "Inget talar emot.",
}
GENERAL = {
    "basis": "GENERAL_27",
    "q_uppenbart": "yes",
    "q_uppenbart_note": "Någon kan komma till skada i kväll.",
    "q_samtycke_note": "Det finns ingen tid att fråga.",
}


@pytest.mark.parametrize(
    ("who", "head", "to", "fields"),
    [
        ("polis", "polischef", "rektor", CRIME | {"kind": "police"}),
        ("polis", "polischef", "socialsekreterare", GENERAL | {"kind": "police"}),
        ("fritidsledare", "fritidschef", "polis", CRIME | {"kind": "leisure"}),
        ("fritidsledare", "fritidschef", "polis", GENERAL | {"kind": "leisure"}),
    ],
)
def test_the_head_of_the_police_and_of_leisure_decides_what_theirs_tell(
    cast: Cast, who: str, head: str, to: str, fields: dict[str, str]
) -> None:
    reader = cast.membership(to, code="1495")
    teller, approver = cast.client(who, code="1495"), cast.client(head)
    proposal = send(teller, "/dela/", fields_to(reader, born="") | fields)
    name = cast.membership(head).user.name
    assert f"Den kan godkännas av: {name}" in text_of(teller.get(proposal))
    received = cast.client(to, code="1495")
    assert "Sami, född 2007" not in text_of(received.get("/delat-med-oss/"))
    assert decide(teller, proposal).status_code in {404, 409}
    assert cast.client("chef").get(proposal).status_code == 404
    assert decide(approver, proposal).status_code == 302
    assert "Sami, född 2007" in text_of(received.get("/delat-med-oss/"))


def test_a_unit_that_the_consent_does_not_cover_is_refused_among_the_bases(cast: Cast) -> None:
    case = talk_steps.opened(cast)
    covered = cast.membership("larare")
    beside = cast.membership("kurator")
    assert covered.agency_id == beside.agency_id
    steps.consent(cast.client("koordinator"), case, [covered.unit_id])
    assert may_rest_on_consent(cast, case, covered)
    assert not may_rest_on_consent(cast, case, beside)
    # Nor by asking for it all the same: the bases are shown again, with the reason.
    fields = fields_to(beside) | {"basis": "SAMTYCKE_VH", "act": "send"}
    forced = cast.client("socialsekreterare").post(f"{case}dela/", fields)
    assert forced.status_code == 200
    assert "Inget samtycke som gäller i dag omfattar den här mottagaren" in text_of(forced)


def may_rest_on_consent(cast: Cast, case: str, to: Membership) -> bool:
    assert Unit.objects.filter(pk=to.unit_id, agency_id=to.agency_id).exists()
    page = cast.client("socialsekreterare").post(f"{case}dela/", fields_to(to) | {"act": "bases"})
    return 'value="SAMTYCKE' in page.content.decode()
