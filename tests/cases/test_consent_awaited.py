"""While signatures are awaited the strip says when the reminder comes: the day on which one lies planned."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone
from django.utils.formats import date_format

from access.request_transaction import work
from cases.rules.consent_awaited import answer_by, next_reminder
from reminders.models import Deadline, Reminder
from tests.cases import steps
from tests.cases.test_consent import begun, text
from tests.cast import Cast

PLANNED = "Påminnelsen kommer {} om inget har hänt."
ASKED = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("today", "reminded"),
    [
        (ASKED, date(2026, 3, 16)),
        (date(2026, 3, 15), date(2026, 3, 16)),
        (date(2026, 3, 16), date(2026, 3, 30)),
        (date(2026, 3, 30), None),
    ],
)
def test_two_reminders_of_the_one_who_answers_for_it(today: date, reminded: date | None) -> None:
    """After 14 and 28 days; the manager's, after that, is not one that the strip speaks of."""
    assert answer_by(ASKED) == date(2026, 3, 30)
    assert next_reminder(ASKED, today=today) == reminded


def test_the_day_that_is_told_is_the_day_that_is_planned(cast: Cast) -> None:
    coordinator, case, consent, (first, *_others) = begun(cast, age=16)
    steps.answer_for(coordinator, first)
    with work(cast.actor("koordinator")):
        deadline = Deadline.objects.get(kind="consent_awaited")
        planned = sorted(
            set(
                Reminder.objects.filter(
                    deadline=deadline, recipient="responsible", channel="inapp"
                ).values_list("fire_at", flat=True)
            )
        )
    assert len(planned) == 2
    for at in planned:
        with time_machine.travel(_before(at), tick=False):
            client = cast.client("koordinator")
            told = PLANNED.format(date_format(timezone.localtime(at), "j F"))
            assert told in text(client, case)
            assert told in text(client, consent)


def _before(at: datetime) -> datetime:
    return at - timedelta(days=1)
