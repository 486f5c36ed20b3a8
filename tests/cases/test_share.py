"""The guide Dela: S9 (a disclosure to the police), S10's refusals, consultation without identity, agencies without a case."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from access.models import Membership
from access.request_transaction import set_partition
from audit.models import AuditEvent
from cases.models import Disclosure, Release, Summary, SummaryState
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

UNGA = RISK | {"basis": "UNGA_18A"}


# --- S9 -------------------------------------------------------------------------------------------------


def test_s9_a_risk_of_crime_is_told_to_the_police_when_the_manager_has_approved(cast: Cast) -> None:
    today = timezone.localdate()
    case = case_of_sami(cast, born=years_ago(19, today))
    worker, page = cast.client("socialsekreterare"), f"{case}dela/"
    police = cast.membership("polis", code="1495")
    fields = fields_to(police)

    shown = text_of(worker.post(page, fields | {"act": "bases"}))
    assert "Risk för att någon under 21 år begår brott" in shown
    assert "Generalklausulen gäller inte uppgifter hos socialtjänst" in shown
    assert "Socialtjänst och hälso- och sjukvård är undantagna (8 §)" in shown

    # Each question is to be answered with a note; nothing typed is lost.
    empty = worker.post(page, fields | {"basis": "UNGA_18A", "act": "preview"})
    assert empty.status_code == 422
    assert TOLD in empty.content.decode()

    # Whether he is told is a reasoned choice, whichever it is.
    unsaid = fields | UNGA | {"told": "told", "told_why": "", "act": "preview"}
    assert "Skriv varför." in text_of(worker.post(page, unsaid))
    assert "Det delas utan samtycke." in text_of(worker.post(page, unsaid))

    # A crime already committed: blocked, and shown the way.
    blocked = worker.post(page, fields | UNGA | {"q_begatt": "yes", "act": "send"})
    assert blocked.status_code == 422
    assert "Regeln gäller bara brott som ännu inte har begåtts" in text_of(blocked)
    assert 'value="UTREDN_23"' in blocked.content.decode()
    assert 'value="BROTT_MOT_UNG_21"' in blocked.content.decode()
    assert TOLD in blocked.content.decode()

    preview = worker.post(page, fields | UNGA | {"act": "preview"})
    assert preview.status_code == 200
    assert "Så här ser mottagaren det" in text_of(preview)
    proposal = send(worker, page, fields | UNGA)
    waiting = text_of(worker.get(proposal))
    assert "Den kan godkännas av: Ingrid Åhl" in waiting
    assert "Han har berättat dag, tid och vem som betalar." in waiting
    assert "Då kan brottet bli av ändå." in waiting
    assert "Inget är utlämnat till dig" in text_of(cast.client("polis").get("/delat-med-oss/"))

    # The social worker and the coordinator cannot approve what a manager is to decide.
    assert decide(worker, proposal).status_code == 409
    assert decide(cast.client("koordinator"), proposal).status_code == 404
    assert decide(cast.client("chef"), proposal).status_code == 302

    officer = cast.client("polis")
    received = text_of(officer.get("/delat-med-oss/"))
    assert "Sami, född 2007" in received
    set_partition(cast.actor("polis", code="1495"))
    release = Release.objects.get()
    assert f"Sami, född 2007 {release.number} Från" in received
    read = text_of(officer.get(f"/delat-med-oss/{release.pk}/"))
    for part in (
        TOLD,
        "Ingrid Åhl",
        "10 kap. 18 a § OSL",
        "Förhindra att en ung person begår brott",
    ):
        assert part in read
    assert cast.client("polis-utanfor").get(f"/delat-med-oss/{release.pk}/").status_code == 404

    # Sami's own register, with the text as it was shared.
    set_partition(cast.actor("chef"))
    disclosure = Disclosure.objects.get()
    assert (disclosure.basis, disclosure.channel, disclosure.told) == (
        "UNGA_18A", "in_system", "not_told",
    )  # fmt: skip
    assert "Risk för att någon under 21 år begår brott" in text_of(worker.get(case))
    kept = text_of(worker.get(f"/utlamnat/{disclosure.pk}/"))
    assert TOLD in kept
    assert "Samir Ekdal" in kept
    events = AuditEvent.objects.filter(action="summary.release")
    assert set(events.values_list("basis", flat=True)) == {"UNGA_18A"}


def test_s9_at_21_it_is_refused_with_the_reason_and_what_else_there_is(cast: Cast) -> None:
    today = timezone.localdate()
    case = case_of_sami(cast, born=years_ago(21, today))
    fields = fields_to(cast.membership("polis", code="1495"))
    page = cast.client("socialsekreterare").post(f"{case}dela/", fields | {"act": "bases"})
    assert "Personen har fyllt 21 år. (10 kap. 18 a § OSL)" in text_of(page)
    assert 'value="UNGA_18A"' not in page.content.decode()
    # Nor by asking for it all the same.
    forced = cast.client("socialsekreterare").post(f"{case}dela/", fields | UNGA | {"act": "send"})
    assert forced.status_code == 200
    set_partition(cast.actor("koordinator"))
    assert not Summary.objects.exists()


def test_s9_on_31_march_2025_the_older_questions_apply(cast: Cast) -> None:
    day = "2025-03-31"
    case = case_of_sami(cast, born="2006-05-05")
    worker, page = cast.client("socialsekreterare"), f"{case}dela/"
    fields = fields_to(
        cast.membership("polis", code="1495"), happened_on=day, channel="oral", basis="UNGA_18A"
    )
    older = text_of(worker.post(page, fields))
    assert "Vilka särskilda omständigheter" in older
    assert "Kan uppgiften antas bidra till att förhindra brottet?" in older
    assert "konkreta omständigheter" not in older
    # The newer answers do not do for the older rule.
    assert worker.post(page, fields | RISK | {"act": "send"}).status_code == 422
    answers = {
        "q_begatt": "no",
        "q_begatt_note": "Inget har hänt.",
        "q_sarskilda_note": "Han sa det själv.",
        "q_bidra": "yes",
        "q_bidra_note": "Polisen kan vara där.",
        "q_lampligt": "no",
        "q_lampligt_note": "Inget hindrar.",
    }
    proposal = send(worker, page, fields | answers)
    assert decide(cast.client("chef"), proposal).status_code == 302
    set_partition(cast.actor("chef"))
    disclosure = Disclosure.objects.get()
    assert disclosure.basis_version.isoformat() == "2013-01-01"
    assert disclosure.happened_on is not None
    assert disclosure.happened_on.isoformat() == day
    # Told by mouth: nothing is written at the police.
    assert disclosure.release_id is None
    assert "2013" in text_of(worker.get(f"/utlamnat/{disclosure.pk}/"))
    set_partition(cast.actor("polis", code="1495"))
    assert not Release.objects.exists()
    # The Customs came with the newer wording, and a basis that did not exist that day is told as such.
    page_then = text_of(worker.post(page, fields | {"act": "bases"}))
    assert "Den gäller från den 1 december 2025." in page_then


def test_a_birthday_between_proposal_and_approval_stops_it_and_nothing_is_lost(cast: Cast) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    case = case_of_sami(cast, born=years_ago(21, tomorrow))
    fields = fields_to(cast.membership("polis", code="1495")) | UNGA
    proposal = send(cast.client("socialsekreterare"), f"{case}dela/", fields)
    with time_machine.travel(f"{tomorrow.isoformat()}T09:00:00+01:00", tick=True):
        answer = decide(cast.client("chef"), proposal)
        assert answer.status_code == 409
        assert "Personen har fyllt 21 år." in text_of(answer)
        assert TOLD in text_of(answer)
    set_partition(cast.actor("chef"))
    assert Summary.objects.get().state == SummaryState.DRAFT
    assert not Disclosure.objects.exists()


def test_a_receiver_who_has_left_meanwhile_stops_it_so_that_nobody_believes_it_was_told(
    cast: Cast,
) -> None:
    case = case_of_sami(cast, born=years_ago(19, timezone.localdate()))
    officer = cast.membership("polis", code="1495")
    fields = fields_to(officer) | UNGA
    proposal = send(cast.client("socialsekreterare"), f"{case}dela/", fields)
    Membership.objects.filter(pk=officer.pk).update(
        ends_on=timezone.localdate() - timedelta(days=1)
    )
    answer = decide(cast.client("chef"), proposal)
    assert answer.status_code == 409
    assert "arbetar inte där längre" in text_of(answer)
    set_partition(cast.actor("chef"))
    assert Summary.objects.get().state == SummaryState.DRAFT
    assert not Disclosure.objects.exists()


def test_approved_twice_or_changed_meanwhile_is_told_and_releases_once(cast: Cast) -> None:
    case = case_of_sami(cast, born=years_ago(19, timezone.localdate()))
    worker = cast.client("socialsekreterare")
    fields = fields_to(cast.membership("polis", code="1495")) | UNGA
    proposal = send(worker, f"{case}dela/", fields)
    changed = {"about": "Sami, född 2007", "body": "Ny text.", "seen_version": "0"}
    assert worker.post(f"{proposal}andra/", changed).status_code == 302
    manager = cast.client("chef")
    stale = decide(manager, proposal)
    assert stale.status_code == 409
    assert "har ändrats sedan du öppnade sidan" in text_of(stale)
    assert decide(manager, proposal, version="1").status_code == 302
    assert decide(manager, proposal, version="1").status_code == 409
    set_partition(cast.actor("chef"))
    assert Disclosure.objects.count() == 1


def test_two_presses_make_one_proposal_and_what_is_typed_next_another(cast: Cast) -> None:
    case = case_of_sami(cast, born=years_ago(19, timezone.localdate()))
    worker, page = cast.client("socialsekreterare"), f"{case}dela/"
    fields = fields_to(cast.membership("polis", code="1495"), kind=["social", "contact"]) | UNGA
    fields |= {"body_social": TOLD, "body_contact": "Nås genom mamma."}

    def token(**more: str) -> str:
        shown = worker.post(page, fields | more | {"act": "preview"}).content.decode()
        found = re.findall(r'name="token" value="([0-9a-f-]{36})"', shown)
        assert len(found) == 1, found
        return str(found[0])

    pressed = {"token": token()}
    assert token(**pressed) == pressed["token"]
    first, second = (send(worker, page, fields | pressed) for _press in range(2))
    set_partition(cast.actor("chef"))
    assert (first, Summary.objects.count()) == (second, 2)
    assert send(worker, page, fields | {"token": token()}) != first
    # What is no token, or somebody else's, makes a row of one's own.
    assert send(worker, page, fields | {"token": "x"}) != first
    assert send(cast.client("koordinator"), page, fields | pressed) != first
    set_partition(cast.actor("chef"))
    assert Summary.objects.count() == 8


# --- without a case ---------------------------------------------------------------------------------------


NEEDED = {
    "q_behovs": "yes",
    "q_behovs_note": "Polisen frågade i dag om frånvaron.",
    "q_overvagande": "no",
    "q_overvagande_note": "Inget talar emot.",
}


def test_the_principal_decides_what_the_school_tells_the_police(cast: Cast) -> None:
    police = cast.membership("polis", code="1495")
    fields = fields_to(police, kind="school", born="", body="Frånvarande 40 procent i november.")
    fields |= NEEDED | {"basis": "UL_7"}
    proposal = send(cast.client("rektor"), "/dela/", fields)
    assert "Utlämnad" in text_of(cast.client("rektor").get(proposal))
    officer = cast.client("polis")
    assert "Sami, född 2007" in text_of(officer.get("/delat-med-oss/"))
    # The principal's own register holds it; another agency's doesn't, and no other teacher's.
    assert "Samir Ekdal" in text_of(cast.client("rektor").get("/utlamnat/"))
    assert "Samir Ekdal" not in text_of(cast.client("larare").get("/utlamnat/"))
    assert "Samir Ekdal" not in text_of(cast.client("chef").get("/utlamnat/"))
    assert cast.client("larare").get(proposal).status_code == 404


def test_a_teacher_hands_it_on_to_the_principal(cast: Cast) -> None:
    fields = fields_to(cast.membership("polis", code="1495"), kind="school", born="")
    teacher = cast.client("larare")
    shown = text_of(teacher.post("/dela/", fields | {"act": "bases"}))
    assert "Rektorn beslutar: ditt förslag lämnas vidare dit." in shown
    proposal = send(teacher, "/dela/", fields | NEEDED | {"basis": "UL_7"})
    assert "Den kan godkännas av: Torvald Ek" in text_of(teacher.get(proposal))
    assert "Inget är utlämnat till dig" in text_of(cast.client("polis").get("/delat-med-oss/"))
    assert decide(cast.client("rektor"), proposal).status_code == 302
    assert "Sami, född 2007" in text_of(cast.client("polis").get("/delat-med-oss/"))


def test_an_independent_school_is_no_authority(cast: Cast) -> None:
    fields = fields_to(cast.membership("socialsekreterare"), kind="school", born="")
    page = cast.client("larare-friskola").post("/dela/", fields | {"act": "bases"})
    for code in ("BROTT_15A", "GENERAL_27", "MENPROVNING", "NODVANDIG"):
        assert f'value="{code}"' not in page.content.decode()
    assert 'value="TYSTNADSPLIKT_29_14"' in page.content.decode()
    assert "En fristående skola kan inte" not in page.content.decode().split("<h2>")[0]


def test_a_unit_called_as_its_agency_is_named_once(cast: Cast) -> None:
    case = case_of_sami(cast, born=years_ago(15, timezone.localdate()))
    there = cast.membership("larare-friskola")
    worker, page = cast.client("socialsekreterare"), f"{case}dela/"
    assert ">Friskolan Kompassen</option>" in worker.get(page).content.decode()
    shown = text_of(worker.post(page, fields_to(there) | {"act": "bases"}))
    assert "Till Friskolan Kompassen, om:" in shown


def test_leisure_is_told_by_mouth_and_gets_no_full_name(cast: Cast) -> None:
    leisure = cast.membership("fritidsledare")
    fields = fields_to(leisure, kind="school", born="", basis="MENPROVNING")
    fields |= {
        "q_men": "no", "q_men_note": "Det vet alla redan.",
        "q_skydd": "yes", "q_skydd_note": "Det gör inget om det blir känt.",
    }  # fmt: skip
    teacher = cast.client("larare")
    warned = text_of(teacher.post("/dela/", fields))
    assert "7 kap. 2 § OSL" in warned
    assert "Berätta muntligt" in warned
    written = teacher.post("/dela/", fields | {"act": "send"})
    assert written.status_code == 422
    assert "Kim Tapper får inte läsa det här i systemet." in text_of(written)
    send(teacher, "/dela/", fields | {"channel": "oral"})
    set_partition(cast.actor("fritidsledare"))
    assert not Release.objects.exists()


# --- without identity -------------------------------------------------------------------------------------


def test_a_consultation_without_identity_takes_no_name_number_or_address(cast: Cast) -> None:
    case = case_of_sami(cast, born=years_ago(15, timezone.localdate()))
    worker, page = cast.client("socialsekreterare"), f"{case}dela/"
    fields = {
        "to_unit": str(cast.membership("polis", code="1495").unit_id),
        "kind": "social",
        "happened_on": "",
        "basis": "AVIDENT",
        "readers": [str(cast.membership("polis", code="1495").id)],
        "channel": "in_system",
        "until": (timezone.localdate() + timedelta(days=10)).isoformat(),
        "q_utpekad": "no",
        "q_utpekad_note": "Bara att någon är ute sent.",
        "act": "send",
    }
    for told, why in (
        ("Samis lillebror är ute sent.", "personens namn"),
        ("Ring 0700-123 456.", "personnummer eller telefonnummer"),
        ("Bor på Storgatan 4.", "en adress"),
    ):
        answer = worker.post(page, fields | {"body": told})
        assert answer.status_code == 422, told
        assert why in text_of(answer)
        assert told in answer.content.decode()
    pointed = worker.post(page, fields | {"body": "En ung person.", "q_utpekad": "yes"})
    assert pointed.status_code == 422
    assert "Skriv mer allmänt" in text_of(pointed)
    send(worker, page, fields | {"body": "En ung person är ute sent på vardagar. Vad gör ni då?"})
    assert "En situation utan namn" in text_of(cast.client("polis").get("/delat-med-oss/"))


@pytest.mark.parametrize(
    "who", ["administrator", "logggranskare", "registrator", "trygghetssamordnare"]
)
def test_who_has_no_business_here_finds_no_guide_and_no_register(cast: Cast, who: str) -> None:
    client = cast.client(who)
    for page in ("/dela/", "/utlamnat/", "/lopande-delning/"):
        assert client.get(page).status_code in {403, 404}
