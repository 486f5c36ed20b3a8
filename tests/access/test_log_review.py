"""The log reviewer's pages: a verdict on each of ten, a signature, look-ups, an extract; never any content."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from access.log_review.events import log
from access.models import LogReview, LogReviewItem, Membership, Role
from access.policy import policy
from access.request_transaction import work
from audit.models import AuditEvent
from cases.models import Case
from reminders.models import Deadline
from tests.access import log_steps
from tests.access.log_steps import Notary
from tests.cases import hard_steps, steps
from tests.cases.share_steps import case_of_sami
from tests.cast import Cast

NOTE = "Hon vikarierade den veckan, säger hon, och jag har ringt chefen."
ITEM = r"/loggkontroll/stickprov/([0-9a-f-]{36})/"
OTHERS = [
    "larare", "rektor", "kurator", "koordinator", "socialsekreterare", "chef", "registrator",
    "administrator", "polis", "fritidsledare", "trygghetssamordnare",
]  # fmt: skip


@pytest.fixture(autouse=True)
def notary(tmp_path: Path) -> Iterator[Notary]:
    one = Notary(tmp_path)
    with one.settings():
        yield one


@pytest.fixture
def client(cast: Cast) -> Client:
    return cast.client("logggranskare")


def drawn(cast: Cast, notary: Notary, client: Client, *, own: int = 0) -> list[str]:
    """Last month's sample drawn by opening the page; gives the paths of its ten events."""
    log_steps.last_month(cast.actor("koordinator"), 30 - own)
    if own:
        log_steps.last_month(cast.actor("logggranskare"), own, outcome="denied", action="enter")
    notary.after_last_month(cast.actor("logggranskare").municipality_id)
    html = client.get("/loggkontroll/").content.decode()
    paths = [f"/loggkontroll/stickprov/{pk}/" for pk in dict.fromkeys(re.findall(ITEM, html))]
    assert len(paths) == 10
    return paths


def judge(client: Client, path: str, **changed: str) -> int:
    fields = {"verdict": "ok", "note": "", "seen_version": "0"} | changed
    return client.post(path, fields).status_code


def events_of(cast: Cast, action: str) -> list[AuditEvent]:
    reviewer = cast.actor("logggranskare")
    with work(reviewer):
        return list(log(reviewer).filter(action=action).order_by("occurred_at"))


def sign(client: Client) -> int:
    return client.post(f"/loggkontroll/manad/{LogReview.objects.get().pk}/skriv-under/").status_code


# --- who gets in -----------------------------------------------------------------------------------------


def test_only_the_log_reviewer_has_these_pages(cast: Cast, client: Client) -> None:
    day = timezone.localdate().isoformat()
    colleague = cast.membership("koordinator").id
    pages = ["/loggkontroll/", f"/loggkontroll/dag/{day}/", f"/loggkontroll/kollega/{colleague}/"]
    for page in pages:
        assert client.get(page).status_code == 200
    for who in OTHERS:
        other = cast.client(who)
        for page in pages:
            assert other.get(page).status_code == 404, (who, page)
        for act in ("utdrag", "sok"):
            assert other.post(f"/loggkontroll/{act}/", {"kind": "day"}).status_code == 404


def test_the_reviewer_may_read_no_group_but_the_log_and_her_own_things() -> None:
    opened = {group for (role, _relation, group) in policy().grants if role == "log_reviewer"}
    # Of an emergency opening its place, time and outcome (its words are a group of their own); of the law who signed it.
    reviewed = {"log", "log_review", "break_glass", "signed_table"}
    assert opened == reviewed | {"deadline", "notice", "absence", "held_form"}


def test_another_agencys_reviewer_sees_nothing_of_this_one(
    cast: Cast, notary: Notary, client: Client
) -> None:
    paths = drawn(cast, notary, client)
    elsewhere = cast.membership("kurator")
    Membership.objects.filter(pk=elsewhere.pk).update(role=Role.LOG_REVIEWER)
    other = cast.client("kurator")
    html = other.get("/loggkontroll/").content.decode()
    assert log_steps.NUMBER not in html
    assert "Noomi Falk" not in html
    assert other.get(paths[0]).status_code == 404
    assert judge(other, paths[0]) == 404
    event = events_of(cast, "read")[0]
    assert other.get(f"/loggkontroll/nummer/{event.id}/").status_code == 404
    stranger = cast.membership("koordinator").id
    assert other.get(f"/loggkontroll/kollega/{stranger}/").status_code == 404
    assert other.get(f"/loggkontroll/nummer/{uuid4()}/").status_code == 404


# --- the month's sample ----------------------------------------------------------------------------------


def test_without_last_months_events_a_preview_says_that_it_is_not_the_sample(
    cast: Cast, notary: Notary, client: Client
) -> None:
    steps.released(cast)
    assert "inte månadens stickprov" not in client.get("/loggkontroll/").content.decode()
    notary.sign(cast.actor("logggranskare").municipality_id, timezone.now())
    html = client.get("/loggkontroll/").content.decode()
    assert "inte månadens stickprov" in html
    assert "Noomi Falk" in html
    assert not re.search(ITEM, html)
    assert not LogReview.objects.exists()


def test_ten_verdicts_then_a_signature_then_nothing_can_change(
    cast: Cast, notary: Notary, client: Client
) -> None:
    paths = drawn(cast, notary, client)
    for path in paths[:9]:
        assert judge(client, path) == 302
    assert sign(client) == 409
    assert judge(client, paths[9], verdict="asked") == 422, "a question needs a note"
    assert judge(client, paths[9], verdict="asked", note=NOTE) == 302
    assert Deadline.objects.get(kind="log_review_due").state == Deadline.State.OPEN
    assert sign(client) == 302
    assert Deadline.objects.get(kind="log_review_due").state == Deadline.State.DONE
    assert sign(client) == 409
    assert judge(client, paths[0], verdict="escalated", note=NOTE, seen_version="1") == 409
    html = client.get("/loggkontroll/").content.decode()
    assert "Underskriven av Malte Sjögren" in html
    actions = [one.action for one in AuditEvent.objects.all()]
    assert actions.count("log_review.judge") == 10
    assert actions.count("log_review.sign") == 1


def test_nobody_judges_her_own_act(cast: Cast, notary: Notary, client: Client) -> None:
    paths = drawn(cast, notary, client, own=25)
    reviewer = cast.membership("logggranskare")
    own = {item.pk for item in LogReviewItem.objects.filter(about_user=reviewer.user_id)}
    assert own
    for path in paths:
        pk = UUID(path.split("/")[-2])
        page = client.get(path).content.decode()
        assert ("Det här har du själv gjort" in page) is (pk in own)
        assert judge(client, path) == (409 if pk in own else 302)
    assert sign(client) == 409
    colleague = Membership.objects.get(user__demo_cast="registrator")
    Membership.objects.filter(pk=colleague.pk).update(role=Role.LOG_REVIEWER)
    other = cast.client("registrator")
    for pk in own:
        assert judge(other, f"/loggkontroll/stickprov/{pk}/") == 302
    assert sign(client) == 302


def test_the_second_of_two_who_judge_at_once_is_told_and_keeps_what_was_typed(
    cast: Cast, notary: Notary, client: Client
) -> None:
    path = drawn(cast, notary, client)[0]
    assert judge(client, path) == 302
    answer = client.post(path, {"verdict": "explained", "note": NOTE, "seen_version": "0"})
    assert answer.status_code == 409
    assert NOTE in answer.content.decode()
    assert judge(client, path, verdict="explained", note=NOTE, seen_version="1") == 302


def test_a_note_is_sealed_and_shown_to_the_reviewer_only_on_its_own_page(
    cast: Cast, notary: Notary, client: Client
) -> None:
    path = drawn(cast, notary, client)[0]
    judge(client, path, verdict="explained", note=NOTE)
    assert NOTE in client.get(path).content.decode()
    assert NOTE not in client.get("/loggkontroll/").content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT note FROM access_logreviewitem WHERE note IS NOT NULL")
        ((sealed,),) = cursor.fetchall()
    assert NOTE.encode() not in bytes(sealed)


def test_an_event_that_is_gone_is_told(cast: Cast, notary: Notary, client: Client) -> None:
    path = drawn(cast, notary, client)[0]
    item = LogReviewItem.objects.get(pk=path.split("/")[-2])
    twin = LogReviewItem(
        municipality_id=item.municipality_id,
        agency_id=item.agency_id,
        review_id=item.review_id,
        place=11,
        event_id=uuid4(),
        about_user=item.about_user,
    )
    twin.save(force_insert=True)
    assert "finns inte längre i loggen" in client.get("/loggkontroll/").content.decode()
    assert (
        "finns inte längre i loggen"
        in client.get(f"/loggkontroll/stickprov/{twin.pk}/").content.decode()
    )


# --- which case somebody is in -----------------------------------------------------------------------------


@pytest.mark.parametrize("hidden", [False, True])
def test_whoever_was_read_of_outside_a_case_is_told_with_the_number_of_the_case(
    cast: Cast, notary: Notary, client: Client, *, hidden: bool
) -> None:
    case = hard_steps.protected(cast) if hidden else case_of_sami(cast, born="2008-03-01")
    with work(cast.actor("koordinator")):
        row = Case.objects.get(pk=case.strip("/").split("/")[-1])
    read = {"object_type": "cases.person", "object_id": row.person_id, "case_id": None, "case_number": ""}  # fmt: skip
    log_steps.last_month(cast.actor("koordinator"), 10, **read)
    notary.after_last_month(cast.actor("logggranskare").municipality_id)
    html = client.get("/loggkontroll/").content.decode()
    told = f'uppgifter om en person (<span class="s-whole">{row.number}</span>)'
    assert html.count(told) == (0 if hidden else 10)
    assert html.count("läste uppgifter om en person") == 10
    path = re.findall(ITEM, html)[0]
    # The page of everything about a number begins with an event that has the number itself.
    assert "Allt om" not in client.get(f"/loggkontroll/stickprov/{path}/").content.decode()
