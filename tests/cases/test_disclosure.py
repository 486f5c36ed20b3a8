"""The register of disclosures, ending one, what happens to a proposal when its consent ends, and standing sharing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from access import door
from access.request_transaction import set_partition, work
from cases.models import (
    Case,
    Disclosure,
    Release,
    Stage,
    StandingDecision,
    Summary,
    SummaryState,
)
from cases.rules.law import rows
from cases.services.refusals import CaseStopped
from cases.services.share_check import still_holds
from cases.services.sharing import BasisChanged
from cases.services.summary import approve_and_release
from tests.cases import steps
from tests.cases.share_steps import decide, fields_to, send, text_of
from tests.cast import Cast

# The reasons that the product gives when it ends a disclosure by itself.
ENDS_BY_ITSELF = {
    *("consent_withdrawn", "consent_expired", "consent_replaced", "signature_lacked"),
    *("turned_eighteen", "case_closed", "replaced", "protected"),
}
WITHIN = {"basis": "SAMTYCKE", "q_inom": "yes", "q_inom_note": "Det är det blanketten säger."}
DANGER = {
    "basis": "NOD",
    "q_fara": "yes",
    "q_fara_note": "Hon svarar inte och har tagit tabletter.",
    "q_annat": "no",
    "q_annat_note": "112 är ringt.",
}


@pytest.fixture
def consented(cast: Cast) -> str:
    """A case whose consent covers the police. Gives its path."""
    steps.tell(cast.client("larare"))
    coordinator = cast.client("koordinator")
    case = steps.take(coordinator, steps.first_link(coordinator, "/inkommet/", "/inkommet/"))
    steps.consent(coordinator, case, [cast.membership("polis", code="1495").agency_id])
    return case


def to_police(cast: Cast, **changed: Any) -> dict[str, Any]:
    return fields_to(cast.membership("polis", code="1495")) | WITHIN | changed


def test_the_register_is_filtered_and_one_is_ended_by_hand_once(cast: Cast, consented: str) -> None:
    coordinator, manager = cast.client("koordinator"), cast.client("chef")
    proposal = send(coordinator, f"{consented}dela/", to_police(cast))
    assert decide(manager, proposal).status_code == 302
    set_partition(cast.actor("chef"))
    disclosure = Disclosure.objects.get()
    page = f"/utlamnat/{disclosure.pk}/"
    assert "Samir Ekdal" in text_of(manager.get("/utlamnat/"))
    for query, shown in (
        ("basis=SAMTYCKE", True),
        ("basis=UNGA_18A", False),
        (f"to={disclosure.to_agency}", True),
        (f"since={(timezone.localdate() + timedelta(days=1)).isoformat()}", False),
    ):
        assert ("Samir Ekdal" in text_of(manager.get(f"/utlamnat/?{query}"))) is shown, query
    assert manager.get("/utlamnat/?since=igår").status_code == 422

    officer = cast.client("polis")
    set_partition(cast.actor("polis", code="1495"))
    release = Release.objects.get()
    assert officer.get(f"/delat-med-oss/{release.pk}/").status_code == 200
    assert (
        cast.client("socialsekreterare-utanfor").post(page, {"reason": "asked"}).status_code == 404
    )
    assert coordinator.post(page, {}).status_code == 422
    for _time in range(2):
        assert coordinator.post(page, {"reason": "wrong_receiver"}).status_code == 302
    assert officer.get(f"/delat-med-oss/{release.pk}/").status_code == 404
    assert "Det gick till fel mottagare" in text_of(coordinator.get(page))


def test_a_consent_withdrawn_before_the_approval_stops_it_and_nothing_is_lost(
    cast: Cast, consented: str
) -> None:
    coordinator, manager = cast.client("koordinator"), cast.client("chef")
    proposal = send(coordinator, f"{consented}dela/", to_police(cast))
    withdrawal = steps.link_matching(coordinator, consented, r"/samtycke/[0-9a-f-]{36}/aterkalla/")
    fields = {"whole": "on", "channel": "phone", "act": "confirm"}
    assert coordinator.post(withdrawal, fields).status_code == 302
    answer = decide(manager, proposal)
    assert answer.status_code == 409
    assert "Inget har lämnats ut." in text_of(answer)
    set_partition(cast.actor("chef"))
    assert Summary.objects.get().state == SummaryState.DRAFT
    assert not Disclosure.objects.exists()


def test_whatever_ended_it_is_said_in_words(cast: Cast, consented: str) -> None:
    coordinator = cast.client("koordinator")
    assert decide(cast.client("chef"), send(coordinator, f"{consented}dela/", to_police(cast))).status_code == 302  # fmt: skip
    set_partition(cast.actor("koordinator"))
    page = f"/utlamnat/{Disclosure.objects.get().pk}/"
    offered = coordinator.get(page).content.decode()
    withdrawal = steps.link_matching(coordinator, consented, r"/samtycke/[0-9a-f-]{36}/aterkalla/")
    coordinator.post(withdrawal, {"whole": "on", "channel": "phone", "act": "confirm"})
    assert "Samtycket är återkallat" in text_of(coordinator.get(page))
    by_itself = [row for row in rows("disclosure_end") if row["by_itself"]]
    assert {row["code"] for row in by_itself} == ENDS_BY_ITSELF
    assert not [row for row in by_itself if f'value="{row["code"]}"' in offered]


def test_a_rule_with_another_wording_is_not_approved_under_the_old_one(
    cast: Cast, consented: str
) -> None:
    send(cast.client("koordinator"), f"{consented}dela/", to_police(cast))
    with work(cast.actor("chef")):
        summary = Summary.objects.get()
        summary.basis_version = summary.basis_version - timedelta(days=1)
        with pytest.raises(BasisChanged):
            still_holds(summary, None, timezone.localdate())


def test_standing_sharing_needs_the_municipalitys_decision(cast: Cast, consented: str) -> None:
    coordinator, manager = cast.client("koordinator"), cast.client("chef")
    fields = to_police(cast, standing="on")
    refused = coordinator.post(f"{consented}dela/", fields | {"act": "send"})
    assert refused.status_code == 409
    assert "Kommunen har inte beslutat om löpande delning" in text_of(refused)
    assert coordinator.post("/lopande-delning/", {"number": "KS 2026/1"}).status_code == 404
    decision = {
        "number": "KS 2026/1",
        "decided_on": timezone.localdate().isoformat(),
        "until": (timezone.localdate() + timedelta(days=300)).isoformat(),
        "to": str(cast.membership("polis", code="1495").agency_id),
        "kinds": ["social"],
    }
    for _twice in range(2):
        assert manager.post("/lopande-delning/", decision).status_code == 302
    set_partition(cast.actor("chef"))
    assert StandingDecision.objects.count() == 1
    assert "KS 2026/1" in text_of(coordinator.get("/lopande-delning/"))

    proposal = send(coordinator, f"{consented}dela/", fields)
    assert decide(manager, proposal).status_code == 302
    changed = {"about": "Nils, född 2012", "body": "Nu går det bättre.", "seen_version": "1"}
    assert coordinator.post(f"{proposal}andra/", changed).status_code == 302
    received = text_of(cast.client("polis").get("/delat-med-oss/"))
    assert received.count("Nils, född 2012") == 1
    set_partition(cast.actor("chef"))
    # The earlier text stands in the register as it was shared, ended.
    assert Disclosure.objects.count() == 2
    assert Disclosure.objects.filter(end__reason="replaced").count() == 1

    again = changed | {"body": "Ännu bättre.", "seen_version": "2"}
    live = StandingDecision.objects.get()
    days = [timezone.localdate() - timedelta(days=before) for before in (2, 1)]
    StandingDecision.objects.update(decided_on=days[0], until=days[1])
    over = coordinator.post(f"{proposal}andra/", again)
    assert over.status_code == 409
    assert "Kommunen har inte beslutat" in text_of(over)
    StandingDecision.objects.update(until=timezone.localdate())
    assert manager.post("/lopande-delning/", {"end": str(live.pk)}).status_code == 302
    stopped = coordinator.post(f"{proposal}andra/", again)
    assert stopped.status_code == 409
    assert "Ännu bättre." in stopped.content.decode()
    assert "Kommunen har inte beslutat" in text_of(stopped)


def test_in_an_emergency_it_is_told_at_once_and_looked_at_afterwards(
    cast: Cast, consented: str
) -> None:
    coordinator, manager = cast.client("koordinator"), cast.client("chef")
    fields = fields_to(cast.membership("polis", code="1495")) | DANGER
    proposal = send(coordinator, f"{consented}dela/", fields)
    assert "Sami, född 2007" in text_of(cast.client("polis").get("/delat-med-oss/"))
    assert "Jag har gått igenom det" in text_of(manager.get(proposal))
    assert decide(manager, proposal).status_code == 302
    set_partition(cast.actor("chef"))
    summary = Summary.objects.get()
    assert summary.approved_by_id == cast.membership("chef").id
    assert Disclosure.objects.count() == 1


def test_sharing_ended_by_hand_does_not_begin_again_with_a_new_text(
    cast: Cast, consented: str
) -> None:
    coordinator, manager = cast.client("koordinator"), cast.client("chef")
    decision = {
        "number": "KS 2026/1",
        "decided_on": timezone.localdate().isoformat(),
        "until": (timezone.localdate() + timedelta(days=300)).isoformat(),
        "to": str(cast.membership("polis", code="1495").agency_id),
        "kinds": ["social"],
    }
    manager.post("/lopande-delning/", decision)
    proposal = send(coordinator, f"{consented}dela/", to_police(cast, standing="on"))
    assert decide(manager, proposal).status_code == 302
    set_partition(cast.actor("chef"))
    ended = f"/utlamnat/{Disclosure.objects.get().pk}/"
    assert coordinator.post(ended, {"reason": "wrong_receiver"}).status_code == 302
    changed = {"about": "Nils, född 2012", "body": "Nu går det bättre.", "seen_version": "1"}
    stopped = coordinator.post(f"{proposal}andra/", changed)
    assert stopped.status_code == 409
    assert "Delningen är avslutad." in text_of(stopped)
    set_partition(cast.actor("chef"))
    assert Disclosure.objects.count() == 1


def test_what_was_opened_before_the_case_closed_is_not_approved_after(
    cast: Cast, consented: str
) -> None:
    send(cast.client("koordinator"), f"{consented}dela/", to_police(cast))
    chef = cast.actor("chef")
    with work(chef):
        opened = door.visible(chef, Summary).select_related("case").get()
        Case.objects.update(stage=Stage.CLOSED)
        with pytest.raises(CaseStopped):
            approve_and_release(actor=chef, summary=opened, seen_version=0, now=timezone.now())
