"""S6: somebody with protected personal data exists for the named only, in every list, search, count and address."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access import door, figures
from access.log_review.events import log
from access.request_transaction import set_partition, work
from audit.models import AuditEvent
from cases.figures import follow_ups_held
from cases.models import (
    Assignment,
    Case,
    Conversation,
    MatchTask,
    NamedAccess,
    Person,
    PersonIdentifier,
    ProtectionChange,
)
from cases.rules.protection import Closed, for_the_named, level
from cases.services.calendar import CALENDAR_KINDS
from cases.services.case_seal import seal_texts
from cases.services.protection import AddressInText
from cases.services.triage import assign
from reminders.calendar import dates_of
from reminders.models import Deadline
from tests.cases import hard_steps, steps, talk_steps
from tests.cases.hard_steps import ADDRESS, NAME, NUMBER, OTHER_NAME, OTHER_NUMBER, protected
from tests.cast import Cast

LEVELS = ("marked", "protected", "new_identity")


@pytest.mark.parametrize("level_code", LEVELS)
def test_only_the_named_find_open_and_list_the_case(cast: Cast, level_code: str) -> None:
    path = protected(cast, level_code)
    number = hard_steps.case_of(cast, path).number
    assert hard_steps.named_in(cast, path) == {"koordinator", "chef"}
    assert cast.client("koordinator").get(path).status_code == 200
    assert number in cast.client("chef").get("/arenden/").content.decode()
    for who in ("socialsekreterare", "socialsekreterare-utanfor"):
        client = cast.client(who)
        assert client.get(path).status_code == 404
        assert number not in client.get("/arenden/").content.decode()
        assert number not in client.get("/").content.decode()


def test_who_is_named_is_so_until_the_last_day_of_the_role(cast: Cast) -> None:
    path = protected(cast)
    person = hard_steps.case_of(cast, path).person_id
    named = NamedAccess.objects.filter(person_id=person).select_related("membership")
    assert named
    for one in named:
        assert one.ends_on == one.membership.ends_on


def test_an_exact_number_a_name_and_a_case_number_are_answered_as_a_miss_and_noted(
    cast: Cast,
) -> None:
    path = protected(cast)
    number = hard_steps.case_of(cast, path).number
    client = cast.client("socialsekreterare")
    for hidden, missing in ((NUMBER, OTHER_NUMBER), (NAME, OTHER_NAME), (number, "S26-22222")):
        answers = [hard_steps.searched(client, term) for term in (hidden, missing)]
        assert "Inga träffar" in answers[0]
        assert answers[0] == answers[1]
    set_partition(cast.actor("koordinator"))
    person = hard_steps.case_of(cast, path).person_id
    attempts = AuditEvent.objects.filter(action="search", outcome="denied")
    assert [one.object_id for one in attempts] == [person] * 3
    assert {one.case_number for one in attempts} == {""}
    page = cast.client("logggranskare").get("/loggkontroll/").content.decode()
    first = page.split('id="sample"')[0]
    assert first.count("Elias Brodin försökte söka en person som är skyddad") == 3
    assert NAME not in page
    # To whoever searched, and in a manager's log of the unit, there was nobody.
    for who, seen in (("logggranskare", 3), ("chef", 0)):
        actor = cast.actor(who)
        with work(actor):
            assert log(actor).filter(action="search", outcome="denied").count() == seen, who


def test_the_named_find_by_number_and_name_and_no_attempt_is_noted(cast: Cast) -> None:
    path = protected(cast)
    for term in (NUMBER, NAME):
        assert path in hard_steps.searched(cast.client("koordinator"), term)
    set_partition(cast.actor("koordinator"))
    assert not AuditEvent.objects.filter(action="search", outcome="denied").exists()
    assert (
        hard_steps.HIDDEN not in cast.client("logggranskare").get("/loggkontroll/").content.decode()
    )


def test_a_search_asks_as_many_questions_whether_or_not_it_would_have_hit(
    cast: Cast,
) -> None:
    protected(cast)
    client = cast.client("socialsekreterare")
    counts = []
    for term in (OTHER_NAME, NAME, OTHER_NUMBER, NUMBER):
        with CaptureQueriesContext(connection) as asked:
            hard_steps.searched(client, term)
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert counts[2] == counts[3]


def test_whoever_works_on_the_case_without_being_named_sees_nothing(cast: Cast) -> None:
    """The bar beats an assignment: naming is a question of its own."""
    path = protected(cast)
    actor = cast.actor("socialsekreterare")
    case = hard_steps.case_of(cast, path)
    with work(cast.actor("koordinator")):
        assign(case=case, membership_id=actor.member, lead=False, today=timezone.localdate())
    assert cast.client("socialsekreterare").get(path).status_code == 404
    with work(actor):
        for model in (Case, Person, PersonIdentifier):
            assert not door.visible(actor, model).exists()


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ((), "Med dig ska minst 2 se ärendet"),
        (("socialsekreterare",), "Välj också en chef"),
    ],
)
def test_at_triage_it_is_chosen_who_is_named_and_never_too_few(
    cast: Cast, named: tuple[str, ...], words: str
) -> None:
    steps.tell(cast.client("larare"))
    client = cast.client("koordinator")
    concern = steps.first_link(client, "/inkommet/", "/inkommet/")
    fields = {
        "act": "take",
        "name": NAME,
        "number": NUMBER,
        "birth_date": "",
        "protection": "marked",
    }
    chosen = [str(cast.membership(one).id) for one in named]
    answer = client.post(concern, fields | {"named": chosen})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert NAME in answer.content.decode()
    set_partition(cast.actor("koordinator"))
    assert not Case.objects.exists()


# --- the level later on ------------------------------------------------------------------------------------


def raising(cast: Cast, path: str, who: str = "koordinator", **changed: object) -> str:
    """Both presses; gives the first answer, which says who loses access."""
    client = cast.client(who)
    fields = {
        "to": "protected",
        "named": [str(cast.membership(one).id) for one in ("koordinator", "chef")],
        "reason": "Familjen visade beslutet.",
        "seen": "none",
    } | changed
    first = client.post(f"{path}skydd/", fields | {"act": "raise"})
    assert first.status_code == 200, first.content.decode()
    answer = client.post(f"{path}skydd/", fields | {"act": "confirm"})
    assert answer.status_code in {302, 409, 422}
    return first.content.decode() if answer.status_code == 302 else answer.content.decode()


def test_raising_shows_who_loses_the_case_and_holds_from_the_next_request(cast: Cast) -> None:
    path = talk_steps.opened(cast)
    worker = cast.client("socialsekreterare")
    talk_steps.followed_up(
        cast, cast.client("koordinator"), path,
        responsible=str(cast.membership("socialsekreterare").id),
    )  # fmt: skip
    assert worker.get(path).status_code == 200
    assert (
        "Elias Brodin, Socialsekreterare" in raising(cast, path).split("Det här händer genast")[1]
    )
    assert worker.get(path).status_code == 404
    set_partition(cast.actor("koordinator"))
    owed = Deadline.objects.filter(
        responsible_membership_id=cast.membership("socialsekreterare").id, state=Deadline.State.OPEN
    )
    assert not owed.exists()
    assert hard_steps.level_of(cast, path) == "protected"


@pytest.mark.parametrize(
    ("named", "words"),
    [
        (("chef", "socialsekreterare"), "Den som leder ärendet måste vara utsedd"),
        (("koordinator", "socialsekreterare"), "Minst en chef måste vara utsedd"),
        (("chef",), "Välj minst 2 personer"),
    ],
)
def test_a_protected_case_is_never_without_its_lead_a_manager_and_a_second(
    cast: Cast, named: tuple[str, ...], words: str
) -> None:
    path = talk_steps.opened(cast)
    keys = [str(cast.membership(one).id) for one in named]
    assert words in raising(cast, path, named=keys)
    assert hard_steps.level_of(cast, path) == "none"
    assert cast.client("socialsekreterare").get(path).status_code == 200


def test_nobody_known_here_is_given_a_new_identity(cast: Cast) -> None:
    path = talk_steps.opened(cast)
    answer = cast.client("koordinator").post(
        f"{path}skydd/",
        {"act": "raise", "to": "new_identity", "named": [], "reason": "x", "seen": "none"},
    )
    assert answer.status_code == 422
    assert hard_steps.level_of(cast, path) == "none"


def test_a_new_identity_is_a_new_person_that_nothing_links_to_an_earlier_one(cast: Cast) -> None:
    steps.tell(cast.client("larare"))
    client = cast.client("koordinator")
    first = steps.take(client, steps.first_link(client, "/inkommet/", "/inkommet/"), number=NUMBER)
    steps.tell(cast.client("larare"))
    concern = steps.first_link(client, "/inkommet/", "/inkommet/")
    second = hard_steps.take(cast, client, concern, level="new_identity", named=("chef",))
    assert first != second
    set_partition(cast.actor("koordinator"))
    assert not MatchTask.objects.exists()


def test_lowering_waits_for_a_second_person(cast: Cast) -> None:
    path = protected(cast)
    page = f"{path}skydd/"
    fields = {
        "act": "lower",
        "to": "none",
        "reason": "Markeringen är borttagen.",
        "seen": "protected",
    }
    assert cast.client("koordinator").post(page, fields).status_code == 302
    assert hard_steps.level_of(cast, path) == "protected"
    set_partition(cast.actor("koordinator"))
    row = str(ProtectionChange.objects.get(state="waiting").id)
    own = cast.client("koordinator").post(page, {"act": "agree", "row": row})
    assert own.status_code == 409
    assert "Någon annan än du måste godkänna" in own.content.decode()
    assert hard_steps.level_of(cast, path) == "protected"
    assert cast.client("chef").post(page, {"act": "agree", "row": row}).status_code == 302
    assert hard_steps.level_of(cast, path) == "none"
    assert hard_steps.named_in(cast, path) == set()


def test_the_manager_names_and_takes_away_and_nobody_else_does(cast: Cast) -> None:
    path = protected(cast)
    page, worker = f"{path}skydd/", str(cast.membership("socialsekreterare").id)
    fields = {"act": "name", "colleague": worker, "reason": "Ska hålla i samtalen."}
    answer = cast.client("koordinator").post(page, fields)
    assert answer.status_code == 409
    assert hard_steps.named_in(cast, path) == {"koordinator", "chef"}
    assert cast.client("chef").post(page, fields).status_code == 302
    assert hard_steps.named_in(cast, path) == {"koordinator", "chef", "socialsekreterare"}
    listed = cast.client("koordinator").get(f"{path}personer/").content.decode()
    assert worker in listed
    assert str(cast.membership("socialsekreterare-utanfor").id) not in listed
    for who in ("koordinator", "chef"):
        gone = {"act": "unname", "row": str(cast.membership(who).id)}
        assert cast.client("chef").post(page, gone).status_code == 409
    assert cast.client("chef").post(page, {"act": "unname", "row": worker}).status_code == 302
    assert hard_steps.named_in(cast, path) == {"koordinator", "chef"}


# --- what the level closes -----------------------------------------------------------------------------------


def texts(cast: Cast, path: str) -> list[tuple[str, dict[str, str], str]]:
    """Page, fields and the field with free text, for every form of the case that holds one."""
    row = talk_steps.planned(cast, path)
    follow_up = talk_steps.follow_up_fields(row.version, responsible=str(row.responsible_id))
    return [
        (
            f"{path}skydd/",
            {"act": "lower", "to": "none", "seen": "protected", "reason": ""},
            "reason",
        ),
        (
            f"{path}jav/",
            {"kind": "declared", "successor": str(cast.membership("chef").id)},
            "reason",
        ),
        (f"/uppfoljning/{row.pk}/", follow_up, "how"),
    ]


def test_a_text_that_looks_like_an_address_is_stopped_where_it_stands_and_what_was_typed_stays(
    cast: Cast,
) -> None:
    path = protected(cast)
    typed = f"Trivs i skolan.\nBor nu på {ADDRESS} hos mormor."
    for page, fields, name in texts(cast, path):
        answer = cast.client("koordinator").post(page, fields | {name: typed})
        html = answer.content.decode()
        assert answer.status_code == 422, page
        assert f"Rad 2 ser ut som en adress: ”{ADDRESS}”" in html, page
        assert "hos mormor." in html, page
    set_partition(cast.actor("koordinator"))
    assert not ProtectionChange.objects.filter(state="waiting").exists()


def test_the_same_text_is_saved_for_somebody_who_is_not_protected(cast: Cast) -> None:
    path = talk_steps.opened(cast)
    row = talk_steps.planned(cast, path)
    page, fields, name = next(one for one in texts(cast, path) if "uppfoljning" in one[0])
    assert str(row.pk) in page
    answer = cast.client("koordinator").post(page, fields | {name: f"Bor på {ADDRESS}."})
    assert answer.status_code == 302


def test_no_service_seals_an_address_of_somebody_protected_whatever_form_forgot_to_ask(
    cast: Cast,
) -> None:
    case = hard_steps.case_of(cast, protected(cast))
    with work(cast.actor("koordinator")):
        seal_texts(case, model=Conversation, row_id=uuid4(), texts={"place": "Biblioteket"})
        with pytest.raises(AddressInText):
            seal_texts(case, model=Conversation, row_id=uuid4(), texts={"place": ADDRESS})


def test_no_count_holds_somebody_protected(cast: Cast) -> None:
    today = timezone.localdate()
    period = figures.Period(starts=today - timedelta(days=1), ends=today + timedelta(days=1))
    path = talk_steps.opened(cast)
    actor = cast.actor("koordinator")
    talk_steps.followed_up(cast, cast.client("koordinator"), path)
    with work(actor):
        assert follow_ups_held(actor.municipality_id, actor.agency_id, period) == 1
    raising(cast, path)
    with work(actor):
        assert follow_ups_held(actor.municipality_id, actor.agency_id, period) == 0


def test_every_level_closes_what_the_law_table_says_and_an_unknown_day_closes_more(
    cast: Cast,
) -> None:
    today = timezone.localdate()
    assert set(for_the_named(today)) == set(LEVELS)
    for code in LEVELS:
        assert level(code, today).closes >= set(Closed) - {Closed.DERIVED_PLACE}
    assert Closed.DERIVED_PLACE not in level("marked", today).closes
    assert Closed.DERIVED_PLACE in level("protected", today).closes
    before = today.replace(year=2010)
    assert set(for_the_named(before)) == set(LEVELS)


@pytest.mark.parametrize("level_code", ["none", *LEVELS])
def test_only_dates_about_somebody_without_protection_leave_for_a_calendar(
    cast: Cast, level_code: str
) -> None:
    path = protected(cast, level_code, named=() if level_code == "none" else ("chef",))
    coordinator = cast.actor("koordinator")
    with work(coordinator):
        mine = Deadline.objects.filter(
            label=hard_steps.case_of(cast, path).number, kind__in=CALENDAR_KINDS
        )
        assert mine.exists()
        assert {one.pk for one in dates_of(coordinator)} == (
            {one.pk for one in mine} if level_code == "none" else set()
        )


def test_dates_of_a_case_that_is_closed_to_one_leave_for_no_calendar(cast: Cast) -> None:
    path = protected(cast, "none", named=())
    coordinator = cast.actor("koordinator")
    with work(coordinator):
        assert dates_of(coordinator)
        Assignment.objects.filter(case_id=talk_steps.id_in(path)).update(ended_at=timezone.now())
        assert dates_of(coordinator) == []
