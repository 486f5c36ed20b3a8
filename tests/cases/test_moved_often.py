"""A date that is moved for the third time: each form says beforehand that the manager is told, and asks why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from access.request_transaction import set_partition
from audit.models import AuditEvent
from reminders.models import Deadline, Reminder
from tests.cases import talk_steps
from tests.cases.test_follow_up import withdraw_all
from tests.cast import Cast

THIRD = "Flyttas dagen nu är det tredje gången."
FOURTH = "Dagen har redan flyttats 3 gånger."
WANTED = "Välj varför dagen flyttas."


@pytest.fixture
def case(cast: Cast) -> str:
    return talk_steps.active(cast)


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def told(cast: Cast, kind: str) -> tuple[int, list[str]]:
    """How often the date is moved, and for what reason the manager is to be told, each time."""
    set_partition(cast.actor("koordinator"))
    deadline = Deadline.objects.get(kind=kind, state=Deadline.State.OPEN)
    events = AuditEvent.objects.filter(object_id=deadline.pk, action="deadline.move_told")
    waiting = Reminder.objects.filter(deadline=deadline, recipient="manager", text="moved_often")
    assert waiting.exists() is bool(events)
    return deadline.moves, list(events.order_by("occurred_at").values_list("basis", flat=True))


def move(client: Client, cast: Cast, case: str, days: int, **changed: str) -> Any:
    row = talk_steps.planned(cast, case)
    fields = {
        "act": "move",
        "due_on": talk_steps.ahead(days).isoformat(),
        "why": "waiting",
        "seen_version": str(row.version),
    }
    return client.post(f"/uppfoljning/{row.pk}/", fields | changed)


def test_the_follow_up(cast: Cast, case: str) -> None:
    coordinator = cast.client("koordinator")
    there = talk_steps.follow_up_page(cast, case)
    for days in (10, 12):
        assert THIRD not in page(coordinator, there)
        assert move(coordinator, cast, case, days).status_code == 302
    assert told(cast, "follow_up_due") == (2, [])
    assert THIRD in page(coordinator, there)
    refused = move(coordinator, cast, case, 14, why="")
    assert refused.status_code == 422
    assert all(words in refused.content.decode() for words in (WANTED, THIRD))
    assert move(coordinator, cast, case, 14).status_code == 302
    assert told(cast, "follow_up_due") == (3, ["waiting"])
    assert FOURTH in page(coordinator, there)
    assert move(coordinator, cast, case, 16, why="absent").status_code == 302
    assert told(cast, "follow_up_due") == (4, ["waiting", "absent"])


def test_the_meeting(cast: Cast, case: str) -> None:
    coordinator = cast.client("koordinator")
    first = timezone.localtime() + timedelta(days=9)

    def fields(version: int, days: int, **changed: str) -> dict[str, Any]:
        return {
            "planned_for": f"{first + timedelta(days=days):%Y-%m-%d} 15:00",
            "place": "Skolan",
            "about": "Hur det går",
            "family": "",
            "invited": [str(cast.membership("larare").pk)],
            "seen_version": str(version),
        } | changed

    meeting = str(coordinator.post(f"{case}mote/", fields(0, 0))["Location"])
    there = f"{meeting}andra/"
    assert "Varför flyttas dagen?" not in page(coordinator, f"{case}mote/")
    # Another hour of the same day moves no day.
    same = fields(0, 0) | {"planned_for": f"{first:%Y-%m-%d} 16:00"}
    assert coordinator.post(there, same).status_code == 302
    assert told(cast, "meeting_near") == (0, [])
    for version, days in ((1, 1), (2, 2)):
        refused = coordinator.post(there, fields(version, days))
        assert refused.status_code == 422
        assert WANTED in refused.content.decode()
        assert THIRD not in refused.content.decode()
        assert coordinator.post(there, fields(version, days, why="waiting")).status_code == 302
    assert THIRD in page(coordinator, there)
    assert told(cast, "meeting_near") == (2, [])
    assert coordinator.post(there, fields(3, 3, why="meeting_moved")).status_code == 302
    assert told(cast, "meeting_near") == (3, ["meeting_moved"])
    set_partition(cast.actor("koordinator"))
    deadline = Deadline.objects.get(kind="meeting_near", state=Deadline.State.OPEN)
    assert deadline.due_on == (first + timedelta(days=3)).date()
    # Who changes it takes it over, and the manager is told all the same.
    assert FOURTH in page(coordinator, there)


def test_the_orossamtal(cast: Cast, case: str) -> None:
    coordinator = cast.client("koordinator")
    talk = talk_steps.invite(coordinator, case)
    there = f"{talk}anteckningar/"
    assert THIRD not in page(coordinator, there)
    for days in (10, 12):
        assert move(coordinator, cast, case, days).status_code == 302
    planned = talk_steps.planned(cast, case)
    text = page(coordinator, there)
    assert THIRD in text
    assert f"Planerat nu: {planned.due_on.isoformat()}." in text
    wanting = coordinator.post(there, talk_steps.finishing())
    assert wanting.status_code == 422
    text = wanting.content.decode()
    assert all(words in text for words in (WANTED, THIRD, talk_steps.ATTENDED))
    assert told(cast, "follow_up_due") == (2, [])
    # Saving asks for nothing, nor does a day that stays as it is.
    assert coordinator.post(there, talk_steps.notes()).status_code == 302
    kept = {"next_on": planned.due_on.isoformat()}
    assert coordinator.post(there, talk_steps.finishing(1, **kept)).status_code == 302
    assert told(cast, "follow_up_due") == (2, [])
    second = talk_steps.invite(coordinator, case)
    answer = coordinator.post(f"{second}anteckningar/", talk_steps.finishing(why="absent"))
    assert answer.status_code == 302
    assert told(cast, "follow_up_due") == (3, ["absent"])


def test_before_the_third_time_an_orossamtal_asks_for_no_reason(cast: Cast, case: str) -> None:
    coordinator = cast.client("koordinator")
    talk_steps.held(coordinator, case)
    assert told(cast, "follow_up_due") == (1, [])


def test_in_a_stopped_case_no_day_is_offered_to_be_moved(cast: Cast, case: str) -> None:
    coordinator = cast.client("koordinator")
    there = talk_steps.follow_up_page(cast, case)
    assert "Flytta dagen i stället" in page(coordinator, there)
    withdraw_all(coordinator, case)
    assert "Flytta dagen i stället" not in page(coordinator, there)
    refused = move(coordinator, cast, case, 10)
    assert refused.status_code == 409
    assert "Du kan bara avsluta det." in refused.content.decode()
