"""Scenario S10: what the police ask goes to who may decide; they get a receipt and an answer, and fetch nothing."""

from __future__ import annotations

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from access import door
from access.models import Membership, Unit
from access.request_transaction import record, set_partition, work
from cases.models import (
    Disclosure,
    Person,
    PoliceRequest,
    Release,
    RequestDeputy,
    RequestReceipt,
)
from cases.rules.law import NoRule, in_force
from cases.rules.request_routing import route_of
from cases.services import request_answer
from reminders.models import Deadline, Reminder
from reminders.recipients import person_for
from tests.cases import request_steps as steps
from tests.cases.steps import first_link, take, tell
from tests.cast import Cast

LIST = steps.LIST


def test_a_the_leisure_board_answers_with_the_telephone_number(cast: Cast) -> None:
    receipt = steps.ask(cast, "leisure", basis="UL_4", kinds=["contact"])
    manager = cast.client("fritidschef")
    question = steps.waiting_for(manager)
    assert steps.ABOUT in manager.get(question).content.decode()
    answer = manager.post(
        question,
        steps.release(text_contact="08-465 004 77")
        | steps.yes_no({"begaran": "yes", "synnerliga": "no"}),
    )
    assert answer.status_code == 302, answer.content.decode()
    officer = cast.client("polis", code="1495")
    told = officer.get(receipt).content.decode()
    assert "Lämnad" in told
    listed = officer.get("/delat-med-oss/").content.decode()
    found = re.search(r'href="(/delat-med-oss/[0-9a-f-]{36}/)"', listed)
    assert found, listed
    released = officer.get(found[1]).content.decode()
    assert "08-465 004 77" in released
    other = cast.client("polis-utanfor")
    assert other.get(receipt).status_code == other.get(found[1]).status_code == 404
    set_partition(cast.actor("fritidschef"))
    row = Disclosure.objects.get()
    assert (row.basis, row.kind, row.basis_version) == ("UL_4", "contact", date(2025, 4, 1))
    assert not Deadline.objects.filter(kind="police_request", state="open").exists()


def test_b_absence_is_for_the_principal_and_the_teacher_passes_on(cast: Cast) -> None:
    teacher = cast.client("larare")
    page = teacher.get(f"{LIST}vidare/").content.decode()
    assert "Vidarebefordra till rektor" in page
    receipt = steps.pass_on(cast, "larare", "school")
    kept = teacher.get(receipt).content.decode()
    assert "lämnad vidare" in kept
    assert steps.ABOUT not in kept
    principal = cast.client("rektor")
    question = steps.waiting_for(principal)
    shown = principal.get(question).content.decode()
    assert steps.ABOUT in shown
    assert "nedtecknat av Amira Holmgren" in shown
    for who in ("larare", "larare-utanfor", "kurator", "koordinator", "chef", "fritidschef"):
        assert cast.client(who).get(question).status_code == 404
    fields = {"act": "elsewhere", "seen_version": "0", "reason": "Ringde upp och lämnade närvaron"}
    assert principal.post(question, fields).status_code == 302
    assert "Ringde" not in teacher.get(receipt).content.decode()


def test_b_the_principal_answers_in_part_with_the_reason(cast: Cast) -> None:
    receipt = steps.ask(cast, "school", kinds=["school", "psychosocial"])
    principal = cast.client("rektor")
    question = steps.waiting_for(principal)
    silent = principal.post(question, steps.release(text_psychosocial=""))
    assert silent.status_code == 422
    assert "Skriv varför du inte lämnar allt" in silent.content.decode()
    reason = "Elevhälsans uppgifter behövs inte för det ni beskriver."
    assert principal.post(question, steps.release(reason=reason)).status_code == 302
    told = cast.client("polis", code="1495").get(receipt).content.decode()
    assert "Lämnad i en del" in told
    assert reason in told
    assert "ställ frågan igen" in told
    set_partition(cast.actor("polis", code="1495"))
    assert [row.kind for row in Release.objects.all()] == ["school"]


def test_b_refused_with_the_ground_the_reason_and_the_way_on(cast: Cast) -> None:
    receipt = steps.ask(cast, "school")
    principal = cast.client("rektor")
    question = steps.waiting_for(principal)
    assert principal.post(question, steps.refuse(ground="")).status_code == 422
    assert principal.post(question, steps.refuse()).status_code == 302
    told = cast.client("polis", code="1495").get(receipt).content.decode()
    assert "Inte lämnad" in told
    assert "Väger skälen mot att lämna den tyngre? Ja." in told
    assert "skada arbetet" in told
    assert "10 kap. 24 § OSL" in told
    set_partition(cast.actor("polis", code="1495"))
    assert not Release.objects.exists()


def test_c_social_services_are_exempt_and_what_there_is_instead_is_said(cast: Cast) -> None:
    officer = cast.client("polis", code="1495")
    fields = steps.fields(cast, "social_services", basis="UL_6", kinds=["social"])
    answer = officer.post(f"{LIST}ny/", fields)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "undantagen från skyldigheten (8 §)" in page
    for provision in ("10 kap. 18 a §", "10 kap. 23 §", "10 kap. 15 a §"):
        assert provision in page
    assert fields["purpose"] in page
    set_partition(cast.actor("chef"))
    assert not PoliceRequest.objects.exists()
    asked = cast.client("socialsekreterare").post(
        f"{LIST}vidare/", fields | {"officer": "Samir Ekdal"}
    )
    assert asked.status_code == 422
    assert "Börja i Dela" in asked.content.decode()


def test_c_contact_details_are_a_duty_for_social_services_too(cast: Cast) -> None:
    steps.ask(cast, "social_services", basis="UL_4", kinds=["contact"])
    assert cast.client("chef").get(steps.waiting_for(cast.client("chef"))).status_code == 200
    assert LIST + "0" not in cast.client("koordinator").get(LIST).content.decode()


def test_d_the_police_fetch_nothing(cast: Cast) -> None:
    steps.ask(cast, "school")
    principal = cast.client("rektor")
    question = steps.waiting_for(principal)
    officer = cast.client("polis", code="1495")
    closed = (question, f"{LIST}vidare/", f"{LIST}stallforetradare/", "/arenden/", "/arenden/sok/")
    for path in (*closed, "/inkommet/", "/orosanmalan/inkomna/"):
        assert officer.get(path).status_code == 404, path
    assert steps.ABOUT not in officer.get(LIST).content.decode()
    set_partition(cast.actor("polis", code="1495"))
    assert not PoliceRequest.objects.exists()


def test_the_kinds_must_be_those_that_the_basis_covers(cast: Cast) -> None:
    officer = cast.client("polis", code="1495")
    refused = {("UL_4", "school"): "bara kontaktuppgifter", ("UL_7", "medical"): "8 §"}
    for (basis, kind), why in refused.items():
        fields = steps.fields(cast, "school", basis=basis, kinds=[kind])
        answer = officer.post(f"{LIST}ny/", fields)
        assert answer.status_code == 422
        assert why in answer.content.decode()
    set_partition(cast.actor("rektor"))
    assert not PoliceRequest.objects.exists()


def test_the_receipt_says_the_same_whoever_it_is_about(cast: Cast) -> None:
    """Known with protected data, known, or known to nobody: the officer's pages do not differ by a word."""
    tell(cast.client("larare"))
    coordinator = cast.client("koordinator")
    take(coordinator, first_link(coordinator, "/inkommet/", "/inkommet/"), name=steps.ABOUT)
    with work(cast.actor("koordinator")):
        Person.objects.update(protection="protected")
        record("person.protect", object_type="cases.person", object_id=None)
    pages = []
    for about in (steps.ABOUT, "Ingen Alls, född 2010"):
        path = steps.ask(cast, "social_services", basis="UL_4", kinds=["contact"], about=about)
        cast.client("chef").post(
            steps.waiting_for(cast.client("chef")), {"act": "nothing", "seen_version": "0"}
        )
        page = cast.client("polis", code="1495").get(path).content.decode()
        assert "Det säger inte om personen är känd där" in page
        pages.append(_bare(page))
    assert pages[0] == pages[1]


def _bare(page: str) -> str:
    """Without what is drawn anew for each page: number, ids, nonces, times."""
    page = re.sub(r"F\d\d-[0-9A-Z]{5}", "NR", page)
    page = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", page)
    page = re.sub(r'(nonce|value|data-value)="[^"]*"', "", page)
    return re.sub(r"kl\. \d\d\.\d\d", "", page)


# --------------------------------------------------------------------------------------- who decides, when


def _name_deputy(cast: Cast, starts: date, ends: date, who: str = "larare") -> None:
    answer = cast.client("rektor").post(
        f"{LIST}stallforetradare/",
        {
            "deputy": str(cast.membership(who).id),
            "starts_on": starts.isoformat(),
            "ends_on": ends.isoformat(),
        },
    )
    assert answer.status_code == 302, answer.content.decode()


def test_a_deputy_decides_on_the_days_that_are_named_and_not_on_others(cast: Cast) -> None:
    receipt = steps.ask(cast, "school")
    question = steps.waiting_for(cast.client("rektor"))
    today = timezone.localdate()
    _name_deputy(cast, today + timedelta(days=1), today + timedelta(days=9))
    teacher = cast.client("larare")
    assert teacher.get(question).status_code == 404
    assert "väntar på ditt beslut" not in teacher.get("/").content.decode()
    _name_deputy(cast, today, today)
    assert teacher.get(question).status_code == 200
    assert "En fråga från polisen väntar på ditt beslut" in teacher.get("/").content.decode()
    assert teacher.get(f"{LIST}stallforetradare/").status_code == 404
    assert cast.client("larare-utanfor").get(question).status_code == 404
    assert teacher.post(question, steps.release()).status_code == 302
    told = cast.client("polis", code="1495").get(receipt).content.decode()
    assert "Amira Holmgren" in told
    set_partition(cast.actor("polis", code="1495"))
    assert Release.objects.get().basis == "UL_7"


def test_a_deputy_who_is_named_twice_is_one(cast: Cast) -> None:
    today = timezone.localdate()
    _name_deputy(cast, today, today)
    _name_deputy(cast, today, today)
    set_partition(cast.actor("rektor"))
    assert RequestDeputy.objects.count() == 1


def test_a_deputys_time_ends_at_once(cast: Cast) -> None:
    steps.ask(cast, "school")
    question = steps.waiting_for(cast.client("rektor"))
    today = timezone.localdate()
    _name_deputy(cast, today, today)
    principal, teacher = cast.client("rektor"), cast.client("larare")
    assert teacher.get(question).status_code == 200
    page = principal.get(f"{LIST}stallforetradare/").content.decode()
    found = re.search(r'name="deputy" value="([0-9a-f-]{36})"', page)
    assert found
    ended = {"act": "end", "deputy": found[1]}
    assert principal.post(f"{LIST}stallforetradare/", ended).status_code == 302
    assert teacher.get(question).status_code == 404
    assert teacher.post(question, steps.release()).status_code == 404


def test_a_deputy_is_a_colleague_of_the_unit(cast: Cast) -> None:
    today = timezone.localdate().isoformat()
    outside = str(cast.membership("kurator").id)
    fields = {"deputy": outside, "starts_on": today, "ends_on": today}
    assert cast.client("rektor").post(f"{LIST}stallforetradare/", fields).status_code == 422


def test_of_two_who_decide_at_once_the_first_answer_stands(cast: Cast) -> None:
    steps.ask(cast, "school")
    question = steps.waiting_for(cast.client("rektor"))
    _name_deputy(cast, timezone.localdate(), timezone.localdate())
    assert cast.client("larare").post(question, steps.refuse()).status_code == 302
    second = cast.client("rektor").post(question, steps.release())
    assert second.status_code == 409
    assert "Någon har just svarat" in second.content.decode()
    set_partition(cast.actor("polis", code="1495"))
    assert not Release.objects.exists()


def test_what_is_released_can_be_read_no_longer_than_anything_else_that_is_shared(
    cast: Cast,
) -> None:
    steps.ask(cast, "school")
    principal = cast.client("rektor")
    question, today = steps.waiting_for(principal), timezone.localdate()
    latest = today + timedelta(days=in_force("release_time", today)[0]["longest_days"])
    for beyond in (latest + timedelta(days=1), date.max):
        answer = principal.post(question, steps.release(until=beyond.isoformat()))
        assert answer.status_code == 422
        assert f"Senast {latest.isoformat()}." in answer.content.decode()
    assert principal.post(question, steps.release(until=latest.isoformat())).status_code == 302
    set_partition(cast.actor("polis", code="1495"))
    assert Release.objects.get().until == latest


def test_decider_and_deputy_are_reminded_by_the_day_that_the_police_set(cast: Cast) -> None:
    steps.ask(cast, "school")
    today = timezone.localdate()
    _name_deputy(cast, today, today + timedelta(days=3))
    with work(cast.actor("rektor")):
        row = Deadline.objects.get(kind="police_request")
        assert row.due_on == today + timedelta(days=5)
        told = {
            (one.recipient, person_for(one, today=today))
            for one in Reminder.objects.filter(deadline=row)
        }
        later = {
            person_for(one, today=today + timedelta(days=4))
            for one in Reminder.objects.filter(deadline=row, recipient="deputy")
        }
    assert told == {
        ("responsible", cast.membership("rektor")),
        ("deputy", cast.membership("larare")),
    }
    assert later == {None}


def test_school_health_without_a_principal_of_its_own_asks_the_schools(cast: Cast) -> None:
    steps.pass_on(cast, "kurator", "school", unit=str(cast.membership("kurator").unit_id))
    page = cast.client("rektor").get(steps.waiting_for(cast.client("rektor"))).content.decode()
    assert "Elevhälsan, psykosocial gren" in page


def test_where_nobody_may_decide_it_is_said_at_the_field(cast: Cast) -> None:
    officer = cast.client("polis", code="1495")
    fields = steps.fields(cast, "school_health", basis="OTHER", kinds=["medical"])
    answer = officer.post(f"{LIST}ny/", fields)
    assert answer.status_code == 422
    assert "ingen som kan besluta" in answer.content.decode()
    set_partition(cast.actor("polis", code="1495"))
    assert not RequestReceipt.objects.exists()


def test_where_two_units_could_decide_nobody_is_guessed(cast: Cast) -> None:
    """School health has no principal of its own: with two schools in the agency nobody can say whose pupil it is."""
    like = cast.membership("rektor")
    other = Unit.objects.create(agency=like.agency, name="Lindskolan")
    Membership.objects.create(
        user_id=cast.membership("larare-utanfor").user_id,
        municipality_id=like.municipality_id,
        agency=like.agency,
        unit=other,
        role=like.role,
        starts_on=like.starts_on,
        ends_on=like.ends_on,
    )
    branch = str(cast.membership("kurator").unit_id)
    fields = steps.fields(cast, "school", unit=branch, basis="OTHER")
    answer = cast.client("polis", code="1495").post(f"{LIST}ny/", fields)
    assert answer.status_code == 422
    assert "ingen som kan besluta" in answer.content.decode()
    set_partition(cast.actor("rektor"))
    assert not PoliceRequest.objects.exists()


def test_nothing_is_told_that_nobody_asked_for(cast: Cast) -> None:
    steps.ask(cast, "school")
    steps.waiting_for(cast.client("rektor"))
    principal = cast.actor("rektor")
    more = request_answer.Release(
        about=steps.ABOUT,
        texts={"school": "Frånvarande i veckan.", "psychosocial": "Går till kuratorn."},
        until=timezone.localdate(),
    )
    with work(principal):
        asked = door.visible(principal, PoliceRequest).get()
        with pytest.raises(request_answer.NotAskedFor):
            request_answer.release(
                actor=principal, request=asked, told=more, seen_version=0, now=timezone.now()
            )
    set_partition(cast.actor("polis", code="1495"))
    assert not Release.objects.exists()


def test_two_presses_send_one_question(cast: Cast) -> None:
    token = str(uuid4())
    assert steps.ask(cast, "school", token=token) == steps.ask(cast, "school", token=token)
    set_partition(cast.actor("rektor"))
    assert PoliceRequest.objects.count() == 1


def test_a_question_is_passed_on_within_ones_own_agency_only(cast: Cast) -> None:
    fields = steps.fields(cast, "social_services", basis="OTHER", officer="Samir")
    answer = cast.client("larare").post(f"{LIST}vidare/", fields)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("basis", "kind", "regime", "deciders", "exempt"),
    [
        ("UL_7", "school", "osl_23", ("principal",), False),
        ("UL_7", "school", "skollagen_29_14", ("principal",), False),
        ("UL_7", "school", "osl_25", (), True),
        ("UL_6", "school", "osl_23", (), True),
        ("UL_6", "leisure", "osl_21", ("manager",), False),
        ("UL_6", "social_services", "osl_26", (), True),
        ("UL_7", "social_services", "osl_26", (), True),
        ("UL_4", "social_services", "osl_26", ("manager",), False),
    ],
)
def test_the_dated_routing(
    basis: str, kind: str, regime: str, deciders: tuple[str, ...], exempt: bool
) -> None:
    route = route_of(basis, kind=kind, regime=regime, on=date(2026, 11, 22))
    assert (route.deciders, route.exempt) == (deciders, exempt)
    with pytest.raises(NoRule):
        route_of(basis, kind=kind, regime=regime, on=date(2025, 3, 31))
