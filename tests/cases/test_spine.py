"""The main story: concern → triage → consent → summary → police, and what nobody else sees of it."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from access.models import Agency
from access.request_transaction import set_partition, work
from audit.models import AuditEvent
from cases.models import (
    Case,
    Concern,
    ConcernDraft,
    ConcernReceipt,
    Disclosure,
    MatchTask,
    Person,
    PersonIdentifier,
    Protection,
    Release,
    ReportMade,
    Summary,
)
from cases.rules.identity_number import read_identity_number
from cases.services.triage import Identity, assign, register_person
from tests.cases import steps
from tests.cast import Cast

# Skatteverket's published test numbers.
NUMBER, SAME_NUMBER, OTHER_NUMBER = "20110102-2398", "201101022398", "20110101-2381"
GONE = "Sidan finns inte eller så har du inte tillgång till den."


# --- telling ---------------------------------------------------------------------------------------------


def test_the_senders_agency_keeps_a_receipt_and_no_copy(cast: Cast) -> None:
    steps.tell(cast.client("larare"))
    set_partition(cast.actor("larare"))
    assert not Concern.objects.exists()
    assert ConcernReceipt.objects.count() == 1
    set_partition(cast.actor("koordinator"))
    assert Concern.objects.count() == 1


def test_yes_leads_to_the_report_and_destroys_what_was_written(cast: Cast) -> None:
    client = cast.client("larare")
    client.post("/oro/utkast/", steps.concern_fields(harm="", save="1"))
    assert steps.SEEN in client.get("/oro/ny/").content.decode()
    answer = client.post("/oro/ny/", steps.concern_fields(harm="yes"))
    assert answer["Location"] == "/orosanmalan/"
    assert "08-465 004 10" in client.get("/orosanmalan/").content.decode()
    set_partition(cast.actor("larare"))
    assert not ConcernDraft.objects.exists()
    assert not ConcernReceipt.objects.exists()
    set_partition(cast.actor("koordinator"))
    assert not Concern.objects.exists()


def test_the_note_of_a_report_is_seen_by_its_author_and_the_principal_only(cast: Cast) -> None:
    fields = {"made_at": "2026-11-20 10:42", "how": "phone", "received_by": "Mottagningen"}
    answer = cast.client("larare").post("/orosanmalan/", fields)
    page = answer["Location"]
    assert ReportMade.objects.count() == 1
    assert "Mottagningen" in cast.client("larare").get(page).content.decode()
    assert "Mottagningen" in cast.client("rektor").get(page).content.decode()
    for who in ("larare-utanfor", "kurator", "koordinator", "polis", "chef"):
        assert cast.client(who).get(page).status_code == 404, who


def test_not_sure_keeps_a_draft_and_says_whom_to_call(cast: Cast) -> None:
    client = cast.client("larare")
    answer = client.post("/oro/ny/", steps.concern_fields(harm="unsure"))
    assert answer["Location"] == "/oro/radfraga/"
    assert "08-465 004 10" in client.get("/oro/radfraga/").content.decode()
    assert steps.SEEN in client.get("/oro/ny/").content.decode()
    assert steps.SEEN not in cast.client("larare-utanfor").get("/oro/ny/").content.decode()


def test_a_draft_outlives_the_session(cast: Cast) -> None:
    cast.client("larare").post("/oro/utkast/", steps.concern_fields(harm=""))
    assert steps.SEEN in cast.client("larare").get("/oro/ny/").content.decode()


@pytest.mark.parametrize("who", ["kurator", "skolskoterska", "socialsekreterare"])
def test_school_health_and_social_services_may_not_name_the_child_without_consent(
    cast: Cast, who: str
) -> None:
    client = cast.client(who)
    refused = client.post("/oro/ny/", steps.concern_fields())
    assert refused.status_code == 422
    assert "Du får bara berätta vem det gäller" in refused.content.decode()
    assert steps.SEEN in refused.content.decode()
    steps.tell(client, child="")
    steps.tell(client, guardians="consented")
    set_partition(cast.actor("koordinator"))
    assert sorted(Concern.objects.values_list("basis", flat=True)) == ["AVIDENT", "SAMTYCKE_VH"]


def test_an_independent_school_stands_on_its_own_rule(cast: Cast) -> None:
    steps.tell(cast.client("larare-friskola"))
    set_partition(cast.actor("koordinator"))
    assert Concern.objects.get().basis == "TYSTNADSPLIKT_29_14"


def test_a_concern_taken_down_by_phone_says_who_told_and_who_wrote(cast: Cast) -> None:
    client = cast.client("koordinator")
    fields = steps.concern_fields(told_by="Bo, fotbollstränare, 070-1740605")
    assert client.post("/oro/per-telefon/", fields).status_code == 302
    page = client.get(steps.first_link(client, "/inkommet/", "/inkommet/")).content.decode()
    assert "Bo, fotbollstränare" in page
    assert "nedtecknat per telefon av Noomi Falk" in page


def test_a_phone_concern_leaves_ones_own_draft_alone_whatever_is_answered(cast: Cast) -> None:
    client = cast.client("koordinator")
    own = "Mitt eget utkast, inte färdigt."
    client.post("/oro/utkast/", steps.concern_fields(harm="", seen=own))
    told = {"told_by": "Bo, fotbollstränare", "seen": "Bo såg honom gråta."}
    asked = client.post("/oro/per-telefon/", steps.concern_fields(harm="unsure", **told))
    assert asked["Location"] == "/oro/radfraga/?per-telefon"
    assert 'href="/oro/per-telefon/"' in client.get(asked["Location"]).content.decode()
    kept = client.get("/oro/per-telefon/").content.decode()
    assert "Bo, fotbollstränare" in kept
    assert "Bo såg honom gråta." in kept
    for answer in ("yes", "no"):
        client.post("/oro/per-telefon/", steps.concern_fields(harm=answer, **told))
    assert own in client.get("/oro/ny/").content.decode()


def test_what_is_wrong_is_said_at_the_field_and_nothing_typed_is_lost(cast: Cast) -> None:
    answer = cast.client("larare").post("/oro/ny/", steps.concern_fields(child="", guardians=""))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Skriv vem det gäller" in page
    assert steps.SEEN in page


# --- receipts: the same words whatever the outcome ---------------------------------------------------------


def receipt_page(cast: Cast, pk: UUID) -> str:
    page = cast.client("larare").get(f"/oro/kvitto/{pk}/").content.decode()
    receipt = ConcernReceipt.objects.get(pk=pk)
    page = page.replace(receipt.number, "NUMMER")
    return re.sub(r'kl\. \d\d\.\d\d|value="[^"]*"|kvitto/[0-9a-f-]+', "", page)


def test_receipts_for_a_new_a_known_and_a_protected_child_are_the_same(cast: Cast) -> None:
    coordinator = cast.actor("koordinator")
    with work(coordinator):
        for name, protection in (("Nils", Protection.NONE), ("Ester", Protection.PROTECTED)):
            identity = Identity(name=name, birth_date="", number=None, protection=protection)
            register_person(actor=coordinator, identity=identity, now=timezone.now())
    sent = [
        steps.tell(cast.client("larare"), child=child) for child in ("Helt Ny", "Nils", "Ester")
    ]
    set_partition(cast.actor("larare"))
    assert len({receipt_page(cast, pk) for pk in sent}) == 1


def test_the_receipt_says_the_same_whether_the_concern_was_taken_or_declined(cast: Cast) -> None:
    first, second = (steps.tell(cast.client("larare")) for _ in range(2))
    coordinator = cast.client("koordinator")
    steps.take(coordinator, steps.first_link(coordinator, "/inkommet/", "/inkommet/"))
    declined = coordinator.post(
        steps.first_link(coordinator, "/inkommet/", "/inkommet/"),
        {"act": "decline", "reason": "Får redan stöd."},
    )
    assert declined.status_code == 302
    set_partition(cast.actor("larare"))
    assert receipt_page(cast, first) == receipt_page(cast, second)
    assert "Mottagen" in receipt_page(cast, first)
    with time_machine.travel(timezone.now() + timedelta(days=16)):
        assert "Du behöver inte göra mer." in receipt_page(cast, first)
        assert receipt_page(cast, first) == receipt_page(cast, second)


# --- triage ------------------------------------------------------------------------------------------------


def test_a_number_known_in_two_agencies_tells_neither(cast: Cast) -> None:
    """Two agencies register the same number: no index value is shared, and both pages are the same."""
    pages = []
    for teacher, coordinator in (
        ("larare", "koordinator"),
        ("gotene-larare", "gotene-koordinator"),
    ):
        steps.tell(cast.client(teacher))
        client = cast.client(coordinator)
        case = steps.take(
            client, steps.first_link(client, "/inkommet/", "/inkommet/"), number=NUMBER
        )
        pages.append(client.get(case).status_code)
    indexes = []
    for coordinator in ("koordinator", "gotene-koordinator"):
        set_partition(cast.actor(coordinator))
        assert Person.objects.count() == 1
        assert not MatchTask.objects.exists()
        indexes.append(bytes(PersonIdentifier.objects.get().index or b""))
    assert pages == [200, 200]
    assert indexes[0] != indexes[1]


def test_a_known_person_is_offered_however_the_number_is_typed(cast: Cast) -> None:
    client = cast.client("koordinator")
    for _ in range(2):
        steps.tell(cast.client("larare"))
    first = steps.take(client, steps.first_link(client, "/inkommet/", "/inkommet/"), number=NUMBER)
    concern = steps.first_link(client, "/inkommet/", "/inkommet/")
    fields = {"act": "take", "name": "N", "number": "110102 2398", "protection": "none"}
    offered = client.post(concern, fields)
    assert "Den här personen finns redan hos er" in offered.content.decode()
    joined = client.post(concern, fields | {"act": "join"})
    assert joined["Location"] == first
    set_partition(cast.actor("koordinator"))
    assert (Person.objects.count(), Case.objects.count()) == (1, 1)


def test_a_hidden_hit_is_exactly_like_no_hit(cast: Cast) -> None:
    """A person here that the coordinator may not see: same answers, and a task for those who see both."""
    worker = cast.actor("socialsekreterare")
    with work(worker):
        hidden = register_person(
            actor=worker,
            identity=Identity(
                name="Dold", birth_date="", number=read_identity_number(NUMBER),
                protection=Protection.PROTECTED,
            ),
            now=timezone.now(),
        )  # fmt: skip
    client = cast.client("koordinator")
    answers = []
    for number in (SAME_NUMBER, OTHER_NUMBER):
        steps.tell(cast.client("larare"))
        concern = steps.first_link(client, "/inkommet/", "/inkommet/")
        fields = {"act": "take", "name": "Nils", "number": number, "protection": "none"}
        answer = client.post(concern, fields)
        case = client.get(answer["Location"]).content.decode()
        answers.append((answer.status_code, len(answer.content), bool(re.search("Dold", case))))
    assert answers[0] == answers[1]
    set_partition(cast.actor("koordinator"))
    match = MatchTask.objects.get()
    assert match.known_id == hidden.id
    assert PersonIdentifier.objects.get(person=match.newer).index is None


def test_two_coordinators_at_once_and_the_second_is_told(cast: Cast) -> None:
    steps.tell(cast.client("larare"))
    client = cast.client("koordinator")
    concern = steps.first_link(client, "/inkommet/", "/inkommet/")
    steps.take(client, concern)
    again = client.post(concern, {"act": "decline", "reason": "Dubblett"})
    assert again.status_code == 409
    assert "Någon annan har just tagit hand om" in again.content.decode()


def test_a_wrong_number_is_refused_at_the_field(cast: Cast) -> None:
    steps.tell(cast.client("larare"))
    client = cast.client("koordinator")
    concern = steps.first_link(client, "/inkommet/", "/inkommet/")
    answer = client.post(
        concern, {"act": "take", "name": "Nils", "number": "20110102-2390", "protection": "none"}
    )
    assert answer.status_code == 422
    assert "Numret stämmer inte" in answer.content.decode()


# --- consent and release -----------------------------------------------------------------------------------


def test_the_officer_named_reads_the_summary_and_the_outsider_does_not(cast: Cast) -> None:
    steps.released(cast)
    officer = cast.client("polis", code="1495")
    page = steps.first_link(officer, "/delat-med-oss/", "/delat-med-oss/")
    assert steps.SUMMARY in officer.get(page).content.decode()
    outsider = cast.client("polis-utanfor")
    assert "Inget är utlämnat till dig" in outsider.get("/delat-med-oss/").content.decode()
    assert outsider.get(page).status_code == 404
    elsewhere = cast.client("polis", code="1471")
    assert elsewhere.get(page).status_code == 404


def test_the_officer_sees_nothing_else(cast: Cast) -> None:
    case, summary = steps.released(cast)
    officer = cast.client("polis", code="1495")
    for page in (case, summary, "/arenden/", "/inkommet/"):
        answer = officer.get(page)
        assert answer.status_code == 404
        assert GONE in answer.content.decode()


def test_withdrawal_closes_the_release_from_the_next_request(cast: Cast) -> None:
    case, _summary = steps.released(cast)
    officer, coordinator = cast.client("polis", code="1495"), cast.client("koordinator")
    page = steps.first_link(officer, "/delat-med-oss/", "/delat-med-oss/")
    assert officer.get(page).status_code == 200
    withdraw = steps.link_matching(coordinator, case, r"/samtycke/[0-9a-f-]{36}/aterkalla/")
    html = coordinator.get(withdraw).content.decode()
    scopes = {
        name.strip(): value
        for value, name in re.findall(
            r'name="scopes" value="([0-9a-f-]{36})".*?<label[^>]*>\s*(.*?)\s*</label>',
            html,
            re.DOTALL,
        )
    }
    police = {"scopes": [scopes["Områdespolisen Skara, Polisen i Skara"]], "channel": "phone"}
    effect = coordinator.post(withdraw, police).content.decode()
    assert "kan inte längre läsa sammanfattningen" in effect
    assert officer.get(page).status_code == 200
    assert coordinator.post(withdraw, police | {"act": "confirm"}).status_code == 302
    gone = officer.get(page)
    assert gone.status_code == 404
    assert "Inget är utlämnat till dig" in officer.get("/delat-med-oss/").content.decode()
    set_partition(cast.actor("koordinator"))
    assert Disclosure.objects.get().end.reason == "consent_withdrawn"
    assert Case.objects.get().stage == "active"


def test_when_all_is_withdrawn_the_case_stops(cast: Cast) -> None:
    case, _summary = steps.released(cast)
    coordinator = cast.client("koordinator")
    withdraw = steps.link_matching(coordinator, case, r"/samtycke/[0-9a-f-]{36}/aterkalla/")
    coordinator.post(withdraw, {"whole": "on", "channel": "visit", "act": "confirm"})
    set_partition(cast.actor("koordinator"))
    assert Case.objects.get().stage == "frozen"


def test_a_release_ends_by_itself_after_its_last_day(cast: Cast) -> None:
    steps.released(cast)
    officer = cast.client("polis", code="1495")
    page = steps.first_link(officer, "/delat-med-oss/", "/delat-med-oss/")
    with time_machine.travel(timezone.now() + timedelta(days=91)):
        assert cast.client("polis", code="1495").get(page).status_code == 404


def test_nobody_approves_their_own_summary(cast: Cast) -> None:
    steps.tell(cast.client("larare"))
    coordinator = cast.client("koordinator")
    case = steps.take(coordinator, steps.first_link(coordinator, "/inkommet/", "/inkommet/"))
    police = cast.membership("polis", code="1495")
    steps.consent(coordinator, case, [police.agency_id])
    summary = steps.write_summary(coordinator, case, [police.id])
    answer = coordinator.post(summary, {"act": "approve", "seen_version": "0"})
    assert answer.status_code == 409
    assert "Någon annan än du måste godkänna" in answer.content.decode()
    set_partition(cast.actor("polis", code="1495"))
    assert not Release.objects.exists()
    set_partition(cast.actor("koordinator"))
    row = Summary.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Summary.objects.filter(pk=row.pk).update(approved_by=row.author_id)


def test_without_consent_for_the_police_nothing_rests_on_it(cast: Cast) -> None:
    steps.tell(cast.client("larare"))
    coordinator = cast.client("koordinator")
    case = steps.take(coordinator, steps.first_link(coordinator, "/inkommet/", "/inkommet/"))
    steps.consent(coordinator, case, [cast.membership("larare").agency_id])
    officer = cast.membership("polis", code="1495")
    fields = {"to_unit": str(officer.unit_id), "kind": "social", "basis": "SAMTYCKE", "act": "send"}
    answer = coordinator.post(f"{case}dela/", fields)
    assert answer.status_code == 200
    assert "Inget samtycke som gäller i dag omfattar den här mottagaren" in answer.content.decode()
    set_partition(cast.actor("koordinator"))
    assert not Summary.objects.exists()


def test_consent_withdrawn_before_approval_stops_the_release(cast: Cast) -> None:
    steps.tell(cast.client("larare"))
    coordinator = cast.client("koordinator")
    case = steps.take(coordinator, steps.first_link(coordinator, "/inkommet/", "/inkommet/"))
    police = cast.membership("polis", code="1495")
    steps.consent(coordinator, case, [police.agency_id])
    summary = steps.write_summary(coordinator, case, [police.id])
    withdraw = steps.link_matching(coordinator, case, r"/samtycke/[0-9a-f-]{36}/aterkalla/")
    scopes = re.findall(
        r'name="scopes" value="([0-9a-f-]{36})"', coordinator.get(withdraw).content.decode()
    )
    coordinator.post(withdraw, {"scopes": scopes, "channel": "phone", "act": "confirm"})
    answer = cast.client("chef").post(summary, {"act": "approve", "seen_version": "0"})
    assert answer.status_code == 409
    assert "Inget har lämnats ut" in answer.content.decode()


@pytest.mark.parametrize(
    "changed",
    [{"valid_to": "2028-12-31"}, {"valid_to": "2020-01-01"}, {"receive": []}, {"language": "xx"}],
)
def test_a_consent_that_cannot_be_is_refused_at_the_field(
    cast: Cast, changed: dict[str, object]
) -> None:
    steps.tell(cast.client("larare"))
    coordinator = cast.client("koordinator")
    case = steps.take(coordinator, steps.first_link(coordinator, "/inkommet/", "/inkommet/"))
    steps.guardian(coordinator, case)
    fields: dict[str, object] = {
        **steps.ticks([Agency.objects.get(name="Polisen i Skara").id]),
        "valid_to": timezone.localdate().isoformat(),
        "language": "sv",
        "not_shared": "Inget om syskon",
    }
    answer = coordinator.post(f"{case}samtycke/", fields | changed)
    assert answer.status_code == 422
    assert "Inget om syskon" in answer.content.decode()


# --- who works on it, and the log ------------------------------------------------------------------------------


def test_a_colleague_who_is_not_assigned_finds_nothing(cast: Cast) -> None:
    case, summary = steps.released(cast)
    for who in (
        "socialsekreterare",
        "socialsekreterare-utanfor",
        "gotene-koordinator",
        "administrator",
    ):
        client = cast.client(who)
        assert client.get(case).status_code == 404, who
        assert client.get(summary).status_code == 404, who


def test_an_assignment_opens_the_case_until_its_last_day(cast: Cast) -> None:
    case, _summary = steps.released(cast)
    coordinator = cast.actor("koordinator")
    with work(coordinator):
        assign(
            case=Case.objects.get(),
            membership_id=cast.membership("socialsekreterare").id,
            lead=False,
            today=timezone.localdate(),
        )
    assert cast.client("socialsekreterare").get(case).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(days=366)):
        assert cast.client("socialsekreterare").get(case).status_code in {302, 404}


def test_each_read_is_in_the_log_with_who_what_and_why(cast: Cast) -> None:
    case, _summary = steps.released(cast)
    set_partition(cast.actor("koordinator"))
    before = AuditEvent.objects.count()
    cast.client("koordinator").get(case)
    set_partition(cast.actor("koordinator"))
    read = AuditEvent.objects.filter(action="read", case_id__isnull=False).latest("occurred_at")
    assert AuditEvent.objects.count() > before
    assert {"case", "concern_text", "consent"} <= set(read.field_groups)
    assert (read.actor_role, read.relation, read.outcome) == ("coordinator", "assigned", "done")


def test_a_denied_attempt_is_in_the_log(cast: Cast) -> None:
    case, _summary = steps.released(cast)
    assert cast.client("socialsekreterare-utanfor").get(case).status_code == 404
    set_partition(cast.actor("socialsekreterare-utanfor"))
    denied = AuditEvent.objects.get(outcome="denied")
    assert str(denied.object_id) in case
    assert denied.actor_name == "Vera Lundh"
