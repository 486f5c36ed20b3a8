"""Consent as the cast lives it: S3 withdrawn in part and whole, S4 somebody says no, S5 eighteen; and nothing twice."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from access.request_transaction import set_partition
from audit.models import AuditEvent
from cases.models import Case, Consent, ConsentEvent, Disclosure, Guardian, Stage
from cases.services.birth_date import end_what_is_over
from reminders.models import Deadline
from tests.cases import steps
from tests.cases.talk_steps import id_in
from tests.cast import Cast

RELEASED = "/delat-med-oss/"


def taken(cast: Cast, *, age: int) -> tuple[Client, str]:
    """A case about somebody of that age since some days ago; with the coordinator's browser."""
    today = timezone.localdate()
    steps.tell(cast.client("larare"))
    coordinator = cast.client("koordinator")
    found = steps.first_link(coordinator, "/inkommet/", "/inkommet/")
    born = date(today.year - age, today.month, today.day) - timedelta(days=3)
    return coordinator, steps.take(coordinator, found, birth_date=born.isoformat())


def two_guardians(coordinator: Client, case: str) -> None:
    for name in ("Mona Persson", "Pär Persson"):
        steps.guardian(coordinator, case, name, custody="joint")


def begun(cast: Cast, *, age: int) -> tuple[Client, str, str, list[str]]:
    """Two guardians and a consent for the police begun; gives the signers' pages, guardians first."""
    coordinator, case = taken(cast, age=age)
    two_guardians(coordinator, case)
    consent = steps.begin_consent(
        coordinator, case, [cast.membership("polis", code="1495").agency_id]
    )
    return coordinator, case, consent, steps.signers(coordinator, consent)


def stage(cast: Cast, case: str) -> str:
    set_partition(cast.actor("koordinator"))
    return Case.objects.get(pk=id_in(case)).stage


def kinds_of(cast: Cast) -> list[str]:
    set_partition(cast.actor("koordinator"))
    return list(ConsentEvent.objects.values_list("kind", flat=True))


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


# --- S3 ---------------------------------------------------------------------------------------------------


def test_s3_in_part_and_then_in_full(cast: Cast) -> None:
    case, _summary = steps.released(cast)
    coordinator, officer = cast.client("koordinator"), cast.client("polis", code="1495")
    tab = steps.first_link(officer, RELEASED, RELEASED)
    withdraw = steps.link_matching(coordinator, case, r"/samtycke/[0-9a-f-]{36}/aterkalla/")
    school = {"kinds": ["leisure"], "channel": "phone"}
    assert "Ingen får längre dela: Fritiden." in coordinator.post(withdraw, school).content.decode()
    coordinator.post(withdraw, school | {"act": "confirm"})
    assert officer.get(tab).status_code == 200
    social = {"kinds": ["social"], "channel": "phone"}
    effect = coordinator.post(withdraw, social).content.decode()
    assert "kan inte längre läsa sammanfattningen" in effect
    assert officer.get(tab).status_code == 200
    coordinator.post(withdraw, social | {"act": "confirm"})
    assert officer.get(tab).status_code == 404
    assert stage(cast, case) == Stage.ACTIVE
    for _twice in range(2):
        coordinator.post(withdraw, {"whole": "on", "channel": "phone", "act": "confirm"})
    assert stage(cast, case) == Stage.FROZEN
    row = Case.objects.get(pk=id_in(case))
    assert row.stopped_because == "samtycke_återkallat"
    left = Deadline.objects.filter(state=Deadline.State.OPEN).values_list("kind", flat=True)
    assert list(left.filter(label=row.number)) == ["case_stopped"]
    assert Disclosure.objects.get().end.reason == "consent_withdrawn"
    whole = ConsentEvent.objects.filter(kind="withdrawn", scope__isnull=True)
    assert [one.channel for one in whole] == ["phone"]
    assert coordinator.get(f"{case}samtal/").status_code == 409
    assert "Det här händer" not in text(coordinator, case)


# --- S4 ---------------------------------------------------------------------------------------------------


def test_s4_fifteen_and_says_no(cast: Cast) -> None:
    coordinator, case, consent, (first, second, youth) = begun(cast, age=15)
    for guardian in (first, second):
        steps.answer_for(coordinator, guardian)
    assert "den unge har inte skrivit under" in text(coordinator, case)
    steps.answer_for(coordinator, youth, "refused", channel="phone")
    assert stage(cast, case) == Stage.AWAITING_CONSENT
    assert kinds_of(cast).count("declined") == 1
    assert "Det blev inget samtycke" in text(coordinator, consent)
    steps.answer_for(coordinator, youth)
    assert "given" not in kinds_of(cast)


def test_s4_a_father_who_says_no_is_no_obstacle_to_go_round(cast: Cast) -> None:
    coordinator, case, consent, (first, second, youth) = begun(cast, age=10)
    steps.answer_for(coordinator, youth, "heard")
    steps.answer_for(coordinator, first)
    assert "en vårdnadshavare har inte skrivit under" in text(coordinator, case)
    asking = second.replace("/svar/", "/undantag/")
    assert coordinator.get(asking).status_code == 409
    steps.answer_for(coordinator, second, "refused", channel="phone")
    fields = {"basis": "fb_6_13_2", "reason": "Han svarar nej."}
    assert coordinator.post(asking, fields).status_code == 409
    assert "given" not in kinds_of(cast)
    assert stage(cast, case) == Stage.AWAITING_CONSENT
    assert "har sagt nej" in text(coordinator, consent)


def test_s4_a_prevented_guardian_needs_a_reason_and_a_manager(cast: Cast) -> None:
    coordinator, case, consent, (first, second, youth) = begun(cast, age=10)
    steps.answer_for(coordinator, youth, "heard")
    steps.answer_for(coordinator, first)
    steps.answer_for(coordinator, second, "unreachable", channel="phone")
    asking = second.replace("/svar/", "/undantag/")
    fields = {"basis": "fb_6_13_2", "reason": "Ligger på sjukhus utomlands."}
    assert coordinator.post(asking, fields).status_code == 302
    deciding = f"{consent}beslut/"
    assert coordinator.get(deciding).status_code == 404
    manager = cast.client("chef")
    assert "Ligger på sjukhus utomlands." in text(manager, deciding)
    assert "Jag vill ha hjälp med skolan." not in text(manager, deciding)
    assert stage(cast, case) == Stage.AWAITING_CONSENT
    manager.post(deciding, {"decision": "grant", "reason": "Det kan inte vänta."})
    assert "exception_granted" in kinds_of(cast)
    coordinator.post(consent, {"act": "give"})
    assert stage(cast, case) == Stage.ACTIVE


def test_twelve_and_does_not_want_to_is_gone_on_with_only_for_a_written_reason(cast: Cast) -> None:
    coordinator, case, consent, (first, second, youth) = begun(cast, age=12)
    assert steps.answer_for(coordinator, youth, "dissented", opinion="").status_code == 422
    steps.answer_for(coordinator, youth, "dissented", opinion="Jag vill inte.")
    for guardian in (first, second):
        steps.answer_for(coordinator, guardian)
    assert stage(cast, case) == Stage.AWAITING_CONSENT
    assert "skriv varför det är rätt att gå vidare ändå" in text(coordinator, consent)
    coordinator.post(
        f"{consent}skal/", {"reason": "Hen är rädd för följderna; vi möter det så här."}
    )
    assert stage(cast, case) == Stage.ACTIVE


# --- S5, and time -------------------------------------------------------------------------------------------


def turning_eighteen(cast: Cast, birthday: date) -> tuple[Client, str]:
    steps.tell(cast.client("larare"))
    coordinator = cast.client("koordinator")
    found = steps.first_link(coordinator, "/inkommet/", "/inkommet/")
    born = birthday.replace(year=birthday.year - 18)
    case = steps.take(coordinator, found, birth_date=born.isoformat())
    police = cast.membership("polis", code="1495")
    steps.consent(coordinator, case, [police.agency_id])
    summary = steps.write_summary(
        coordinator, case, [police.id], until=(birthday - timedelta(days=1)).isoformat()
    )
    cast.client("chef").post(summary, {"act": "approve", "seen_version": "0"})
    return coordinator, case


@pytest.mark.parametrize("night_round", [False, True])
def test_s5_at_midnight_before_eighteen_it_ends_by_itself(cast: Cast, *, night_round: bool) -> None:
    birthday = timezone.localdate() + timedelta(days=1)
    _coordinator, case = turning_eighteen(cast, birthday)
    tab = steps.first_link(cast.client("polis", code="1495"), RELEASED, RELEASED)
    midnight = timezone.make_aware(datetime.combine(birthday, datetime.min.time()))
    with time_machine.travel(midnight - timedelta(seconds=2), tick=False):
        assert cast.client("polis", code="1495").get(tab).status_code == 200
    with time_machine.travel(midnight, tick=False):
        if night_round:
            assert end_what_is_over(now=timezone.now()) == 1
            assert end_what_is_over(now=timezone.now()) == 0
        assert cast.client("polis", code="1495").get(tab).status_code == 404
        coordinator = cast.client("koordinator")
        assert coordinator.get(f"{case}samtal/").status_code == 409
        assert "Ärendet är stoppat" in text(coordinator, case)
        if night_round:
            assert stage(cast, case) == Stage.FROZEN
            assert Case.objects.get(pk=id_in(case)).stopped_because == "inväntar_samtycke_18"
            assert kinds_of(cast).count("expired") == 1
            assert Disclosure.objects.get().end.reason == "turned_eighteen"
        own = steps.begin_consent(
            coordinator, case, [cast.membership("larare").agency_id], kinds={"school"}
        )
        (youth,) = steps.signers(coordinator, own)
        steps.answer_for(coordinator, youth)
        assert stage(cast, case) == Stage.ACTIVE
        assert cast.client("polis", code="1495").get(tab).status_code == 404
        set_partition(cast.actor("koordinator"))
        consent = Consent.objects.get(pk=id_in(own))
        assert not consent.rests_on_guardians
        assert set(consent.scopes.filter(may_receive=True).values_list("kind", flat=True)) == {
            "school"
        }


def test_the_night_round_opens_birth_dates_as_a_named_system_and_says_so(cast: Cast) -> None:
    birthday = timezone.localdate() + timedelta(days=40)
    turning_eighteen(cast, birthday)
    set_partition(cast.actor("koordinator"))
    Consent.objects.get()
    end_what_is_over(now=timezone.now())
    set_partition(cast.actor("koordinator"))
    read = AuditEvent.objects.get(action="read", actor_name="Samtycken som går ut")
    assert (read.object_type, read.purpose) == ("cases.person", "system")
    assert Deadline.objects.get(kind="turns_eighteen", state=Deadline.State.OPEN).due_on == birthday
    assert Guardian.objects.get().ends_on is None


# --- nothing twice, nothing lost ---------------------------------------------------------------------------------


def test_a_double_click_makes_one_consent_and_one_guardian(cast: Cast) -> None:
    coordinator, case = taken(cast, age=16)
    form = "0b3a7e9e-1f0a-4b57-9a0b-9c1c2f6d1a11"
    for _click in range(2):
        steps.guardian(coordinator, case, form_id=form)
    paths = {
        steps.begin_consent(coordinator, case, [cast.membership("larare").agency_id], form_id=form)
        for _click in range(2)
    }
    assert len(paths) == 1
    for signer in steps.signers(coordinator, paths.pop()):
        for _click in range(2):
            steps.answer_for(coordinator, signer)
    assert kinds_of(cast).count("given") == 1
    assert (Consent.objects.count(), Guardian.objects.count()) == (1, 1)


def test_a_renewal_replaces_and_withdrawing_it_ends_what_went_on(cast: Cast) -> None:
    case, _summary = steps.released(cast)
    coordinator, officer = cast.client("koordinator"), cast.client("polis", code="1495")
    tab = steps.first_link(officer, RELEASED, RELEASED)
    steps.consent(coordinator, case, [cast.membership("polis", code="1495").agency_id])
    assert kinds_of(cast).count("replaced") == 1
    assert officer.get(tab).status_code == 200
    withdraw = steps.link_matching(coordinator, case, r"/samtycke/[0-9a-f-]{36}/aterkalla/")
    coordinator.post(withdraw, {"whole": "on", "channel": "visit", "act": "confirm"})
    assert officer.get(tab).status_code == 404


def test_signing_on_the_screen_leaves_nothing_else_open(cast: Cast) -> None:
    coordinator, case = taken(cast, age=16)
    steps.guardian(coordinator, case)
    school = [cast.membership("larare").agency_id]
    consent = steps.begin_consent(coordinator, case, school, language="ar")
    guardian, youth = steps.signers(coordinator, consent)
    page = coordinator.post(youth.replace("/svar/", "/skarm/"))["Location"]
    shown = text(coordinator, page)
    assert 'dir="rtl"' in shown
    for other in (
        case,
        consent,
        guardian,
        page.replace(page.split("/")[-2], guardian.split("/")[-2]),
    ):
        assert coordinator.get(other).status_code == 302, other
    assert coordinator.post(page, {"act": "sign"}).status_code == 422
    assert coordinator.post(page, {"act": "sign", "opinion": "Ja tack."}).status_code == 200
    assert coordinator.get(page)["Location"] == "/las-upp/"
    assert "signed" in kinds_of(cast)
