"""Within three weeks from the consent a network meeting is called: the timer, and what ends it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from access.request_transaction import work
from reminders.models import Deadline
from tests.cases import steps, talk_steps
from tests.cases import test_meeting as meetings
from tests.cast import Cast

# A case with a consent that covers school and leisure.
case = meetings.case


def states(cast: Cast) -> list[str]:
    with work(cast.actor("koordinator")):
        found = Deadline.objects.filter(kind="meeting_wanted").order_by("created_at")
        return list(found.values_list("state", flat=True))


def test_it_is_asked_for_three_weeks_after_the_consent(cast: Cast, case: str) -> None:
    with work(cast.actor("koordinator")):
        wanted = Deadline.objects.get(kind="meeting_wanted")
    assert wanted.due_on == timezone.localdate() + timedelta(days=21)
    assert wanted.responsible_membership_id == cast.membership("koordinator").id


@pytest.mark.parametrize(
    ("how", "state"), [("planned", "done"), ("stopped", "cancelled"), ("closed", "cancelled")]
)
def test_it_ends_when_a_meeting_is_called_and_when_the_case_stops_or_ends(
    cast: Cast,
    case: str,
    how: str,
    state: str,
) -> None:
    coordinator = cast.client("koordinator")
    match how:
        case "planned":
            meetings.plan(coordinator, case, cast.membership("larare"))
        case "stopped":
            steps.withdraw(coordinator, case, meetings.ticks(cast))
        case "closed":
            talk_steps.close(cast, coordinator, case)
    assert states(cast) == [state]
