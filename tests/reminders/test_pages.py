""" "I dag", the inbox and the manager's list, as the cast sees them."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access import door
from access.actor import Actor
from access.request_transaction import work
from reminders import today as today_page
from reminders.models import Deadline, Notice, Reminder
from reminders.services import finish, set_deadline
from reminders.today import Panel
from tests.cast import Cast
from tests.reminders.conftest import at, put_notice, reminder_of

TUESDAY = date(2026, 11, 24)


def main_of(text: str) -> str:
    """The page without its frame and menu."""
    return text.split("<main", 1)[1].split("</main>", 1)[0]


def owe(
    actor: Actor, due_on: date, *, label: str, kind: str = "follow_up_due", pk: UUID | None = None
) -> Deadline:
    assert actor.membership_id
    with work(actor):
        return set_deadline(
            kind=kind,
            subject_id=uuid4(),
            label=label,
            route="case_detail",
            route_pk=pk,
            responsible=actor.membership_id,
            due_on=due_on,
        )


def tell(deadline: Deadline, actor: Actor, *, text: str = "due_today") -> Notice:
    to_manager = Reminder.objects.filter(deadline=deadline, recipient="manager", text=text)
    reminder = to_manager.first()
    return put_notice(
        deadline, actor, reminder_id=reminder.pk if reminder else reminder_of(deadline), text=text
    )


@time_machine.travel(at(2026, 11, 24, 10, 0), tick=False)
def test_today_shows_late_first_then_today_then_this_week_and_names_the_next_date(
    cast: Cast,
) -> None:
    actor = cast.actor("koordinator")
    case_id = uuid4()
    owe(actor, date(2026, 12, 3), label="S-LATER")
    owe(actor, date(2026, 11, 29), label="S-SUNDAY")
    owe(actor, TUESDAY, label="S-TODAY", pk=case_id)
    owe(actor, date(2026, 11, 21), label="S-LATE")
    page = cast.client("koordinator").get("/")
    text = page.content.decode()
    assert page.status_code == 200
    order = [text.index(number) for number in ("S-LATE", "S-TODAY", "S-SUNDAY")]
    assert order == sorted(order)
    # Named once, with the way there, and not among what needs doing now.
    assert text.count("S-LATER") == 1
    assert ">Följ upp S-LATER</a>" in text.split("Längre fram:")[1]
    assert "3 dagar sent" in text
    assert "tisdag 24 november" in text
    assert f"/arenden/{case_id}/" in text
    assert "Längre fram: uppföljning torsdag 3 december." in text


@time_machine.travel(at(2026, 11, 24, 10, 0), tick=False)
def test_when_nothing_waits_today_says_so_and_shows_the_next_date(cast: Cast) -> None:
    owe(cast.actor("koordinator"), date(2026, 12, 3), label="S-LATER")
    text = cast.client("koordinator").get("/").content.decode()
    assert "Inget väntar på dig just nu" in text
    assert "Nästa: uppföljning torsdag 3 december." in text


def test_today_opens_for_every_role(cast: Cast) -> None:
    for who in (
        "larare",
        "rektor",
        "kurator",
        "skolskoterska",
        "koordinator",
        "socialsekreterare",
        "chef",
        "logggranskare",
        "registrator",
        "administrator",
        "polis",
        "fritidsledare",
        "trygghetssamordnare",
    ):
        assert cast.client(who).get("/").status_code == 200, who


@time_machine.travel(at(2026, 11, 24, 10, 0), tick=False)
def test_a_colleague_does_not_see_my_deadlines_or_notices(cast: Cast) -> None:
    actor = cast.actor("koordinator")
    deadline = owe(actor, TUESDAY, label="S-MINE")
    with work(actor):
        notice = tell(deadline, actor)
    for who in ("socialsekreterare", "chef", "larare"):
        client = cast.client(who)
        assert "S-MINE" not in client.get("/").content.decode()
        assert "S-MINE" not in client.get("/inkorg/").content.decode()
        assert client.post(f"/inkorg/{notice.id}/sett/").status_code == 404
    with work(actor):
        notice.refresh_from_db()
        assert notice.done_at is None


@time_machine.travel(at(2026, 11, 24, 10, 0), tick=False)
def test_the_inbox_says_why_and_leads_to_the_task_and_a_seen_notice_leaves_the_task(
    cast: Cast,
) -> None:
    actor = cast.actor("koordinator")
    case_id = uuid4()
    deadline = owe(actor, TUESDAY, label="S-MINE", pk=case_id)
    with work(actor):
        notice = tell(deadline, actor)
    client = cast.client("koordinator")
    assert "S-MINE" in client.get("/").content.decode()
    text = client.get("/inkorg/").content.decode()
    assert "Det ska göras i dag, och du är ansvarig." in text
    assert f"/arenden/{case_id}/" in text
    answer = client.post(f"/inkorg/{notice.id}/sett/")
    assert (answer.status_code, answer["Location"]) == (302, "/inkorg/")
    assert "Inget nytt i inkorgen" in client.get("/inkorg/").content.decode()
    assert "S-MINE" in client.get("/").content.decode()


def test_looking_marks_nothing(cast: Cast) -> None:
    actor = cast.actor("koordinator")
    deadline = owe(actor, TUESDAY, label="S-MINE")
    with work(actor):
        notice = tell(deadline, actor)
    client = cast.client("koordinator")
    client.get("/")
    client.get("/inkorg/")
    # Where one comes after unlocking, if the session had locked before the button was pressed.
    answer = client.get(f"/inkorg/{notice.id}/sett/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "är inget gjort än" in answer.content.decode()
    with work(actor):
        notice.refresh_from_db()
        assert (notice.read_at, notice.done_at) == (None, None)


@time_machine.travel(at(2026, 11, 24, 10, 0), tick=False)
def test_what_is_finished_leaves_the_page(cast: Cast) -> None:
    actor = cast.actor("koordinator")
    deadline = owe(actor, TUESDAY, label="S-MINE")
    with work(actor):
        tell(deadline, actor)
        finish(kind="follow_up_due", subject_id=deadline.subject_id)
    client = cast.client("koordinator")
    assert "S-MINE" not in client.get("/").content.decode()
    assert "S-MINE" not in client.get("/inkorg/").content.decode()


@time_machine.travel(at(2026, 11, 24, 10, 0), tick=False)
def test_the_manager_sees_number_colleague_and_days_of_the_own_unit_only(cast: Cast) -> None:
    owe(cast.actor("socialsekreterare"), date(2026, 11, 20), label="S-HERS")
    owe(cast.actor("socialsekreterare-utanfor"), date(2026, 11, 20), label="S-OTHER-UNIT")
    owe(cast.actor("socialsekreterare"), date(2026, 11, 25), label="S-NOT-LATE")
    owe(cast.actor("socialsekreterare"), date(2026, 11, 20), label="S-TASK", kind="task_due")
    owe(cast.actor("gotene-koordinator"), date(2026, 11, 20), label="S-GOTENE")
    text = cast.client("chef").get("/forsenat/").content.decode()
    assert "S-HERS" in text
    assert "Elias Brodin" in text
    assert "fredag 20 november" in text
    today = cast.client("chef").get("/").content.decode()
    assert "En uppföljning är försenad i din enhet" in today
    assert "S-HERS" not in today
    for number in ("S-OTHER-UNIT", "S-NOT-LATE", "S-TASK", "S-GOTENE"):
        assert number not in text
    assert "/arenden/" not in main_of(text)


@time_machine.travel(at(2026, 11, 24, 10, 0), tick=False)
def test_behind_the_door_the_manager_has_the_units_late_follow_ups_and_no_other_deadline(
    cast: Cast,
) -> None:
    hers = cast.actor("socialsekreterare")
    late = owe(hers, date(2026, 11, 20), label="S-HERS")
    owe(hers, date(2026, 11, 25), label="S-NOT-LATE")
    owe(hers, date(2026, 11, 20), label="S-TASK", kind="task_due")
    owe(cast.actor("socialsekreterare-utanfor"), date(2026, 11, 20), label="S-OTHER-UNIT")
    manager = cast.actor("chef")
    with work(manager):
        assert list(door.visible(manager, Deadline)) == [late]


@pytest.mark.parametrize("who", ["larare", "koordinator", "socialsekreterare", "polis"])
def test_the_managers_list_does_not_exist_for_others(cast: Cast, who: str) -> None:
    assert cast.client(who).get("/forsenat/").status_code == 404


@time_machine.travel(at(2026, 11, 24, 10, 0), tick=False)
def test_the_managers_notice_leads_to_the_list_and_not_to_the_case(cast: Cast) -> None:
    manager = cast.actor("chef")
    deadline = owe(cast.actor("socialsekreterare"), date(2026, 11, 2), label="S-HERS")
    with work(manager):
        tell(deadline, manager, text="late_in_unit")
    text = cast.client("chef").get("/inkorg/").content.decode()
    assert "En försenad uppgift i din enhet" in text
    assert "/forsenat/" in main_of(text)
    assert "/arenden/" not in main_of(text)
    assert "Följ upp" not in main_of(text)


def test_another_room_adds_its_panel_in_order(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(today_page, "_makers", [])

    @today_page.panel
    def second(actor: Actor) -> list[Panel]:
        return [Panel(title="Andra", template="components/empty_state.html", order=20)]

    @today_page.panel
    def first(actor: Actor) -> list[Panel]:
        return [
            Panel(title="Första", template="components/empty_state.html", order=10),
            Panel(title="Överst", template="components/empty_state.html", place="above"),
        ]

    actor = cast.actor("larare")
    with work(actor):
        panels = today_page.page(actor, today=TUESDAY).panels
    assert [p.title for p in panels["below"]] == ["Första", "Andra"]
    assert [p.title for p in panels["above"]] == ["Överst"]
    text = cast.client("larare").get("/").content.decode()
    assert text.index("Överst") < text.index("Första") < text.index("Andra")


def test_today_costs_the_same_with_one_deadline_and_with_twenty(cast: Cast) -> None:
    actor, costs = cast.actor("koordinator"), []
    for numbers in (range(1), range(1, 20)):
        for number in numbers:
            owe(actor, TUESDAY + timedelta(days=number), label=f"S-{number}")
        with work(actor), CaptureQueriesContext(connection) as asked:
            today_page.page(actor, today=TUESDAY)
        costs.append(len(asked))
    # Two: who is barred from the deadlines' numbers. One each: deadlines, notices, who is away, untaken concerns, what was released to me, whether my agency may hold cases.
    assert costs == [8, 8]
