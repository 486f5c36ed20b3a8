"""The ways to be reminded that somebody chooses, in the story of the canaries."""

from __future__ import annotations

import re
from datetime import timedelta

from django.utils import timezone

from access.request_transaction import work
from reminders import choice_rules
from reminders.choice_rules import Chosen
from reminders.services import note_absence
from reminders.services.choice import choose
from reminders.working_days import local_date
from tests.cast import Cast
from tests.reminders.test_pages import owe
from tests.reminders.test_sms import NUMBER


def be_told_otherwise(cast: Cast) -> bytes:
    """The coordinator wants SMS and dates in a calendar, a teacher is away: the rows, and what the calendar's program fetches."""
    coordinator, teacher, now = cast.actor("koordinator"), cast.membership("larare"), timezone.now()
    with work(coordinator):
        choose(
            actor=coordinator,
            chosen=Chosen(way="at_once", digest_hour=8, start=7, end=18, sms_number=NUMBER),
            row=choice_rules.allowed(local_date(now), municipality="1495"),
            seen="",
            now=now,
        )
    owe(coordinator, local_date(now) + timedelta(days=7), label="S-7F3K-2M", kind="task_due")
    with work(cast.actor("larare")):
        note_absence(
            actor=cast.actor("larare"),
            membership=teacher,
            from_day=local_date(now),
            to_day=local_date(now) + timedelta(days=40),
            substitute=None,
            now=now,
        )
    browser = cast.client("koordinator")
    address = re.search(
        r"/kalender/[\w-]{43}\.ics", browser.post("/paminnelser/kalender/", {}).content.decode()
    )
    assert address
    dates = browser.get(address[0])
    assert dates.status_code == 200
    assert b"BEGIN:VEVENT" in dates.content
    return bytes(dates.content)
