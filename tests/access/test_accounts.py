"""Giving, attesting and ending roles, as the administrators and managers of the cast; over HTTP where a page does it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from access.accounts import rules, services
from access.accounts.invitation import send
from access.forms import GONE
from access.models import Attestation, Membership, MembershipProposal, Role, Unit, User
from access.request_transaction import set_partition, work
from audit.models import AuditEvent
from cases.models import Case
from cases.services.ownerless import leaderless
from tests.cases import talk_steps
from tests.cast import Cast

ADMINISTRATOR = "administrator"
NEW = "ny.person@sspf.example"


def today() -> date:
    return timezone.localdate()


def second_administrator(cast: Cast) -> Client:
    """One more, in Skara; the cast has one."""
    first = cast.membership(ADMINISTRATOR)
    user = User.objects.create_user(email="andra.admin@sspf.example", name="Andra Admin")
    user.demo_cast = "administrator-2"
    user.save()
    Membership.objects.create(
        user=user,
        municipality=first.municipality,
        agency=first.agency,
        unit=first.unit,
        role=Role.ADMINISTRATOR,
        starts_on=today(),
        ends_on=today() + timedelta(days=100),
    )
    return cast.client("administrator-2")


def asked(
    cast: Cast, role: str, *, email: str = NEW, like: str = "koordinator", **more: str
) -> dict[str, str]:
    """What is typed to propose a role in the unit of somebody of the cast."""
    return {
        "email": email,
        "name": "Ny Person",
        "role": role,
        "unit": str(cast.membership(like).unit_id),
        "starts_on": today().isoformat(),
        "ends_on": (today() + timedelta(days=200)).isoformat(),
        **more,
    }


def proposed(cast: Cast, role: str = "social_worker", **more: str) -> MembershipProposal:
    answer = cast.client(ADMINISTRATOR).post("/behorigheter/ny/", asked(cast, role, **more))
    assert answer.status_code == 302, answer.content.decode()
    found: MembershipProposal = in_skara(
        cast, lambda: MembershipProposal.objects.latest("proposed_at")
    )
    return found


def in_skara(cast: Cast, ask: Callable[[], Any]) -> Any:
    with work(cast.actor(ADMINISTRATOR)):
        return ask()


def answer(client: Client, proposal: MembershipProposal, act: str) -> Any:
    return client.post(f"/behorigheter/forslag/{proposal.pk}/", {"act": act})


def held(email: str = NEW) -> list[str]:
    rows = Membership.objects.in_force(today()).filter(user__email=email)
    return [one.role for one in rows.order_by("role")]


def acts(action: str) -> int:
    return AuditEvent.objects.filter(action=action, outcome="done").count()


# ------------------------------------------------------------------------------------ the rules


def test_everybody_of_the_cast_has_a_role_that_the_rules_would_give(db: None) -> None:
    for one in Membership.objects.exclude(role=Role.APPROVER).select_related("agency", "user"):
        assert rules.belongs(
            one.role, kind=one.agency.kind, host=one.agency.hosts_sspf, on=today()
        ), one
        others = one.user.memberships.exclude(pk=one.pk)
        assert rules.kept_apart(as_held(one), [as_held(other) for other in others], today()) is None


def as_held(one: Membership) -> rules.Held:
    return rules.Held(role=one.role, municipality_id=one.municipality_id, agency_id=one.agency_id)


def test_whoever_keeps_accounts_has_no_other_role_in_the_municipality() -> None:
    here, there, agency = uuid4(), uuid4(), uuid4()
    administrator = rules.Held(role="administrator", municipality_id=here, agency_id=agency)
    for role in set(Role) - {Role.ADMINISTRATOR}:
        other = rules.Held(role=role, municipality_id=here, agency_id=uuid4())
        elsewhere = rules.Held(role=role, municipality_id=there, agency_id=uuid4())
        assert rules.kept_apart(other, [administrator], today())
        assert rules.kept_apart(administrator, [other], today())
        assert rules.kept_apart(elsewhere, [administrator], today()) is None


def test_every_role_but_the_appointed_one_can_be_given_and_belongs_somewhere() -> None:
    assert set(rules.offered_roles(today())) == set(Role) - {Role.APPROVER}
    assert rules.confirmed_by("log_reviewer", today()) == {"administrator"}
    assert not rules.belongs("coordinator", kind="social_services", host=False, on=today())
    assert not rules.belongs("teacher", kind="police", host=False, on=today())


def test_before_the_rules_nothing_is_given() -> None:
    with pytest.raises(rules.NoAccountRule):
        rules.latest_day(date(2009, 1, 1))
    assert rules.confirmed_by("teacher", date(2009, 1, 1)) == frozenset()


# ------------------------------------------------------------------------------------ two persons


def test_a_role_is_nothing_until_another_has_confirmed_it(cast: Cast) -> None:
    proposal = proposed(cast)
    assert not User.objects.filter(email=NEW).exists()
    assert answer(cast.client(ADMINISTRATOR), proposal, "confirm").status_code == 409
    assert not User.objects.filter(email=NEW).exists()
    manager = cast.client("chef")
    assert "En behörighet väntar" in manager.get("/").content.decode()
    assert answer(manager, proposal, "confirm").status_code == 302
    assert held() == ["social_worker"]
    assert answer(manager, proposal, "confirm").status_code == 409
    assert held() == ["social_worker"]
    assert (acts("membership.propose"), acts("membership.add")) == (1, 1)


def test_the_database_itself_holds_the_two_apart(cast: Cast) -> None:
    proposal = proposed(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        in_skara(
            cast,
            lambda: MembershipProposal.objects.filter(pk=proposal.pk).update(
                state="confirmed",
                decided_at=timezone.now(),
                decided_by=cast.membership(ADMINISTRATOR),
                decided_by_user=cast.membership(ADMINISTRATOR).user_id,
            ),
        )


def test_only_the_own_agency_s_manager_and_not_whom_it_is_about(cast: Cast) -> None:
    proposal = proposed(cast)
    assert answer(cast.client("fritidschef"), proposal, "confirm").status_code == 404
    assert answer(cast.client("essunga-chef"), proposal, "confirm").status_code == 404
    assert answer(cast.client("koordinator"), proposal, "confirm").status_code == 404
    about = proposed(cast, "registrar", email=cast.membership("chef").user.email)
    assert answer(cast.client("chef"), about, "confirm").status_code == 409
    assert held(cast.membership("chef").user.email) == ["manager"]


def test_the_log_reviewer_is_confirmed_by_an_administrator_not_by_the_reviewed(cast: Cast) -> None:
    proposal = proposed(cast, "log_reviewer")
    assert answer(cast.client("chef"), proposal, "confirm").status_code == 409
    assert answer(second_administrator(cast), proposal, "confirm").status_code == 302
    assert held() == ["log_reviewer"]


def test_an_administrator_gets_no_role_by_own_hand_nor_with_a_friend_s_help(cast: Cast) -> None:
    mine = cast.membership(ADMINISTRATOR).user.email
    client = cast.client(ADMINISTRATOR)
    page = client.post("/behorigheter/ny/", asked(cast, "coordinator", email=mine.upper()))
    assert page.status_code == 422
    assert "för dig själv" in page.content.decode()
    page = second_administrator(cast).post(
        "/behorigheter/ny/", asked(cast, "coordinator", email=mine)
    )
    assert page.status_code == 422
    assert "hålls isär" in page.content.decode()
    assert held(mine) == ["administrator"]


def test_a_conflict_that_came_up_after_the_proposal_stops_it(cast: Cast) -> None:
    first = proposed(cast, "log_reviewer")
    second = proposed(cast, "coordinator")
    helper = second_administrator(cast)
    assert answer(helper, second, "confirm").status_code == 302
    page = answer(helper, first, "confirm")
    assert page.status_code == 409
    assert "hålls isär" in page.content.decode()
    assert held() == ["coordinator"]


def test_whoever_confirms_sees_whose_account_the_address_is(cast: Cast) -> None:
    known = proposed(cast, "registrar", email=cast.membership("larare").user.email)
    page = cast.client("chef").get(f"/behorigheter/forslag/{known.pk}/").content.decode()
    assert "Finns redan: Amira Holmgren" in page


def test_whose_account_an_address_is_elsewhere_is_told_to_nobody(cast: Cast) -> None:
    """The same page, the proposal's own words aside, for an address that another municipality knows and for one that nobody does."""
    elsewhere = cast.membership("essunga-koordinator").user
    pages = []
    for email in (elsewhere.email, NEW):
        proposal = proposed(cast, "registrar", email=email)
        for who in (ADMINISTRATOR, "chef"):
            page = cast.client(who).get(f"/behorigheter/forslag/{proposal.pk}/").content.decode()
            assert elsewhere.name not in page
            pages.append((who, without_ids(page, proposal)))
    assert pages[:2] == pages[2:]


def without_ids(page: str, proposal: MembershipProposal) -> str:
    page = page.replace(proposal.email, "").replace(str(proposal.pk), "")
    return re.sub(r'(nonce|value|name="csrf[^"]*" value)="[^"]*"', "", page)


def test_proposed_twice_is_one_and_it_can_be_taken_back_or_refused(cast: Cast) -> None:
    first = proposed(cast)
    assert proposed(cast, email=NEW.upper()).pk == first.pk
    assert answer(cast.client(ADMINISTRATOR), first, "withdraw").status_code == 302
    second = proposed(cast)
    assert answer(cast.client("chef"), second, "refuse").status_code == 302
    states = in_skara(cast, lambda: set(MembershipProposal.objects.values_list("state", flat=True)))
    assert states == {"withdrawn", "refused"}
    assert not User.objects.filter(email=NEW).exists()


@pytest.mark.parametrize("act", ["", "finns-inte", "Confirm"])
def test_an_answer_that_nobody_offered_changes_nothing(cast: Cast, act: str) -> None:
    proposal = proposed(cast)
    for who in (ADMINISTRATOR, "chef"):
        assert answer(cast.client(who), proposal, act).status_code == 404
    in_skara(cast, proposal.refresh_from_db)
    assert (proposal.state, proposal.decided_at) == ("waiting", None)


@pytest.mark.parametrize(
    "gone", [{"role": "approver"}, {"unit": "8c9d6f0a-0000-4000-8000-000000000000"}]
)
def test_what_is_not_offered_any_more_is_told_without_its_key(
    cast: Cast, gone: dict[str, str]
) -> None:
    page = cast.client(ADMINISTRATOR).post("/behorigheter/ny/", asked(cast, "coordinator") | gone)
    assert page.status_code == 422
    html = page.content.decode()
    assert str(GONE) in html
    assert next(iter(gone.values())) not in html


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"role": "teacher"}, "Rollen finns inte i en sådan verksamhet"),
        ({"email": "ingen adress"}, "En adress ser ut så här"),
        ({"email": f"{'a' * 250}@sspf.example"}, "som mest 254 tecken"),
        ({"starts_on": "2020-01-01"}, "inte börja tidigare än i dag"),
        ({"ends_on": "2099-01-01"}, "Högst ett år i taget"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_at_the_field_and_nothing_typed_is_lost(
    cast: Cast, typed: dict[str, str], told: str
) -> None:
    page = cast.client(ADMINISTRATOR).post("/behorigheter/ny/", asked(cast, "coordinator") | typed)
    assert page.status_code == 422
    assert told in page.content.decode()
    assert "Ny Person" in page.content.decode()


def test_another_municipality_s_people_and_units_do_not_exist(cast: Cast) -> None:
    client = cast.client(ADMINISTRATOR)
    elsewhere = cast.membership("essunga-koordinator")
    assert client.get(f"/behorigheter/{elsewhere.pk}/").status_code == 404
    assert client.post(f"/behorigheter/{elsewhere.pk}/", {"act": "end"}).status_code == 404
    assert client.get(f"/enheter/{elsewhere.unit_id}/").status_code == 404
    assert client.get(f"/enheter/ny/{elsewhere.agency_id}/").status_code == 404
    page = client.get("/behorigheter/").content.decode()
    assert "Noomi Falk" in page
    assert "Maj Lindén" not in page
    elsewhere.refresh_from_db()
    assert elsewhere.ended_at is None


# ------------------------------------------------------------------------------------ the invitation


def test_somebody_new_chooses_a_password_once_and_is_led_to_the_second_factor(cast: Cast) -> None:
    assert answer(cast.client("chef"), proposed(cast), "confirm").status_code == 302
    person = User.objects.get(email=NEW)
    send(person.id)
    [letter] = mail.outbox
    text = f"{letter.subject} {letter.body}"
    assert letter.to == [NEW]
    for word in ("Ny Person", "Skara", "Socialsekreterare", "Barn och unga"):
        assert word not in text
    path = re.search(r"/valj-losenord/\S+", str(letter.body))
    assert path is not None
    browser = Client()
    form = browser.get(path[0], follow=True)
    assert path[0] not in form.redirect_chain[-1][0]
    weak = browser.post(form.redirect_chain[-1][0], {"password1": "kort", "password2": "kort"})
    assert weak.status_code == 200
    assert not User.objects.get(email=NEW).has_usable_password()
    chosen = {"password1": "tolv-ord-och-en-elefant", "password2": "tolv-ord-och-en-elefant"}
    assert browser.post(form.redirect_chain[-1][0], chosen)["Location"] == "/logga-in/"
    assert "gäller inte längre" in Client().get(path[0], follow=True).content.decode()
    signed_in = browser.post("/logga-in/", {"login": NEW, "password": chosen["password1"]})
    assert signed_in.status_code == 302
    assert browser.get("/")["Location"] == "/andra-faktor/app/"


def test_the_invitation_leaves_with_the_commit_and_can_be_sent_again(
    cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    proposal = proposed(cast)
    with django_capture_on_commit_callbacks() as after:
        answer(cast.client("chef"), proposal, "confirm")
    assert len(after) == 1
    made = Membership.objects.get(user__email=NEW)
    with django_capture_on_commit_callbacks() as after:
        page = cast.client(ADMINISTRATOR).post(f"/behorigheter/{made.pk}/", {"act": "invite"})
    assert page.status_code == 302
    assert len(after) == 1
    assert acts("account.invite") == 1


# ------------------------------------------------------------------------------------ attest, shorten, end


def attest(client: Client, one: Membership, seen: date, **more: str) -> Any:
    until = (today() + timedelta(days=360)).isoformat()
    typed = {"act": "attest", "seen": seen.isoformat(), "ends_on": until, "sure": "on"}
    return client.post(f"/behorigheter/{one.pk}/", typed | more)


def test_a_year_s_attestation_moves_the_last_day_and_leaves_a_dated_row(cast: Cast) -> None:
    one = cast.membership("koordinator")
    Membership.objects.filter(pk=one.pk).update(ends_on=today() + timedelta(days=10))
    client = cast.client(ADMINISTRATOR)
    assert "tar snart slut" in client.get("/").content.decode()
    seen = today() + timedelta(days=10)
    assert attest(client, one, seen, sure="").status_code == 422
    assert attest(client, one, seen).status_code == 302
    assert attest(client, one, seen).status_code == 409
    one.refresh_from_db()
    assert one.ends_on == today() + timedelta(days=360)
    [row] = in_skara(cast, lambda: list(Attestation.objects.all()))
    assert (row.membership_id, row.attested_by_id, row.ends_on) == (
        one.pk,
        cast.membership(ADMINISTRATOR).pk,
        one.ends_on,
    )
    page = client.get("/behorigheter/").content.decode()
    assert "tar snart slut" not in client.get("/").content.decode()
    assert today().isoformat() in page
    assert acts("membership.extend") == 1


def test_nobody_attests_their_own_role(cast: Cast) -> None:
    own = cast.membership(ADMINISTRATOR)
    page = attest(cast.client(ADMINISTRATOR), own, own.ends_on)
    assert page.status_code == 409
    own.refresh_from_db()
    assert own.ends_on < today() + timedelta(days=360)
    assert not in_skara(cast, Attestation.objects.exists)


def test_a_role_ends_earlier_but_is_never_made_longer_that_way(cast: Cast) -> None:
    one, client = cast.membership("larare"), cast.client(ADMINISTRATOR)
    typed = {"act": "shorten", "seen": one.ends_on.isoformat()}
    later = (one.ends_on + timedelta(days=1)).isoformat()
    assert client.post(f"/behorigheter/{one.pk}/", typed | {"last_day": later}).status_code == 422
    sooner = today() + timedelta(days=3)
    odd = {"last_day": sooner.isoformat(), "seen": "2026-13-45"}
    assert client.post(f"/behorigheter/{one.pk}/", typed | odd).status_code == 409
    for status in (302, 409):
        answered = client.post(f"/behorigheter/{one.pk}/", typed | {"last_day": sooner.isoformat()})
        assert answered.status_code == status
    one.refresh_from_db()
    assert one.ends_on == sooner


def test_ended_now_opens_nothing_from_the_next_request_and_leaves_nothing_without_an_owner(
    cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    page = talk_steps.opened(cast)
    set_partition(cast.actor("koordinator"))
    case = Case.objects.get(pk=talk_steps.id_in(page))
    worker = cast.client("koordinator")
    one = cast.membership("koordinator")
    assert worker.get(f"/arenden/{case.pk}/").status_code == 200
    with django_capture_on_commit_callbacks() as after:
        ended = cast.client(ADMINISTRATOR).post(f"/behorigheter/{one.pk}/", {"act": "end"})
    assert ended.status_code == 302
    assert len(after) == 1
    assert worker.get(f"/arenden/{case.pk}/")["Location"] == "/ingen-roll/"
    with work(cast.actor("chef")):
        assert [found.pk for found in leaderless(today())] == [case.pk]
    assert "saknar ansvarig" in cast.client("chef").get("/").content.decode()
    assert acts("membership.end") == 1


def test_the_last_administrator_stays(cast: Cast) -> None:
    only, client = cast.membership(ADMINISTRATOR), cast.client(ADMINISTRATOR)
    assert "bara en systemadministratör" in client.get("/behorigheter/").content.decode()
    assert client.post(f"/behorigheter/{only.pk}/", {"act": "end"}).status_code == 409
    second_administrator(cast)
    assert "bara en systemadministratör" not in client.get("/behorigheter/").content.decode()
    assert client.post(f"/behorigheter/{only.pk}/", {"act": "end"}).status_code == 302
    assert held(only.user.email) == []


def test_after_its_last_day_a_proposal_cannot_be_confirmed(cast: Cast) -> None:
    proposal, yesterday = proposed(cast), today() - timedelta(days=1)
    rows = MembershipProposal.objects.filter(pk=proposal.pk)
    in_skara(cast, lambda: rows.update(starts_on=yesterday, ends_on=yesterday))
    page = answer(cast.client("chef"), proposal, "confirm")
    assert page.status_code == 409
    assert "Den sista dagen har passerat" in page.content.decode()
    assert held() == []


def test_two_who_confirm_at_once_make_one_role(committed_cast: Cast) -> None:
    cast = committed_cast
    proposal = proposed(cast, "registrar")
    second_administrator(cast)
    start, said = Barrier(2, timeout=60), []

    def confirm(who: str) -> None:
        actor = cast.actor(who)
        start.wait()
        try:
            with work(actor):
                services.confirm(actor=actor, proposal=proposal, today=today(), now=timezone.now())
            said.append("made")
        except services.ChangedMeanwhile:
            said.append("late")
        finally:
            connection.close()

    threads = [Thread(target=confirm, args=(who,)) for who in ("chef", "administrator-2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert sorted(said) == ["late", "made"]
    assert held() == ["registrar"]


# ------------------------------------------------------------------------------------ units and the municipality


def test_a_unit_is_added_renamed_and_ended(cast: Cast) -> None:
    client, agency = cast.client(ADMINISTRATOR), cast.membership("koordinator").agency
    typed = {"name": "Ungdomsteamet", "mailbox": "ungdom@skara.example", "receives_reports": "on"}
    assert client.post(f"/enheter/ny/{agency.pk}/", typed).status_code == 302
    taken = client.post(f"/enheter/ny/{agency.pk}/", {"name": "ungdomsteamet"})
    assert taken.status_code == 422
    assert "har funnits en enhet" in taken.content.decode()
    unit = Unit.objects.get(name="Ungdomsteamet")
    assert (unit.mailbox, unit.receives_reports) == ("ungdom@skara.example", True)
    seen = {"seen_name": unit.name, "seen_mailbox": unit.mailbox, "seen_reports": "1"}
    change = {"act": "change", "name": "Unga", "mailbox": ""} | seen
    assert client.post(f"/enheter/{unit.pk}/", change).status_code == 302
    assert client.post(f"/enheter/{unit.pk}/", change | {"name": "Andra"}).status_code == 409
    unit.refresh_from_db()
    assert (unit.name, unit.receives_reports) == ("Unga", False)
    assert client.post(f"/enheter/{unit.pk}/", {"act": "end"}).status_code == 302
    assert unit not in Unit.objects.going()
    assert "Unga, " not in client.get("/behorigheter/ny/").content.decode()
    assert [acts(f"unit.{act}") for act in ("add", "change", "end")] == [1, 1, 1]


def test_a_unit_with_people_is_not_ended(cast: Cast) -> None:
    unit = cast.membership("larare").unit
    page = cast.client(ADMINISTRATOR).post(f"/enheter/{unit.pk}/", {"act": "end"})
    assert page.status_code == 409
    unit.refresh_from_db()
    assert unit.ended_on is None


def test_telephone_numbers_are_changed_and_a_second_save_is_told(cast: Cast) -> None:
    client, home = cast.client(ADMINISTRATOR), cast.membership(ADMINISTRATOR).municipality
    typed = {
        "intake_phone": "08-465 004 90",
        "after_hours_phone": home.after_hours_phone,
        "data_protection_officer": "dataskydd@skara.example",
        "seen_data_protection_officer": home.data_protection_officer,
        "seen_intake_phone": home.intake_phone,
        "seen_after_hours_phone": home.after_hours_phone,
    }
    assert client.post("/kommunen/", typed).status_code == 302
    stale = client.post("/kommunen/", typed | {"intake_phone": "08-465 004 91"})
    assert stale.status_code == 409
    assert "08-465 004 91" in stale.content.decode()
    home.refresh_from_db()
    assert home.intake_phone == "08-465 004 90"
    assert home.data_protection_officer == "dataskydd@skara.example"
    assert acts("municipality.change") == 1
