"""A consent ends at midnight in Stockholm, also on the nights on which the clock is moved, and for who is born on 29 February."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from access.models import Membership
from access.request_transaction import set_partition
from cases.models import Assignment, Case, Guardian, Stage
from cases.services.birth_date import end_what_is_over
from tests.cases import steps
from tests.cases.talk_steps import id_in
from tests.cases.test_consent import RELEASED, kinds_of, stage
from tests.cast import Cast

STOCKHOLM = ZoneInfo("Europe/Stockholm")
SECOND = timedelta(seconds=1)
# The last day that a consent holds, and the moment in world time at which it is over, each season's night of the clock.
NIGHTS = [
    (date(2027, 3, 27), datetime(2027, 3, 27, 23, tzinfo=UTC)),
    (date(2027, 3, 28), datetime(2027, 3, 28, 22, tzinfo=UTC)),
    (date(2027, 10, 30), datetime(2027, 10, 30, 22, tzinfo=UTC)),
    (date(2027, 10, 31), datetime(2027, 10, 31, 23, tzinfo=UTC)),
]
LEAP = date(2008, 2, 29)


def at(day: date, hour: int = 12) -> datetime:
    return datetime.combine(day, time(hour), STOCKHOLM)


@pytest.fixture
def employed(cast: Cast) -> Cast:
    """The people of the cast work here in whatever year a test travels to."""
    always = {"starts_on": date(2020, 1, 1), "ends_on": date(2040, 1, 1)}
    for who in ("larare", "koordinator", "chef", "polis"):
        Membership.objects.filter(user__demo_cast=who).update(**always)
    return cast


def released(cast: Cast, last: date, *, born: str = steps.BORN) -> tuple[str, Client, str]:
    """A case with a summary that the police read until `last`; its path, the officer's browser and their page."""
    steps.tell(cast.client("larare"))
    coordinator, officer = cast.client("koordinator"), cast.client("polis", code="1495")
    found = steps.first_link(coordinator, "/inkommet/", "/inkommet/")
    case = steps.take(coordinator, found, birth_date=born)
    police = cast.membership("polis", code="1495")
    steps.consent(coordinator, case, [police.agency_id], valid_to=last.isoformat())
    summary = steps.write_summary(coordinator, case, [police.id], until=last.isoformat())
    answer = cast.client("chef").post(summary, {"act": "approve", "seen_version": "0"})
    assert answer.status_code == 302, answer.content.decode()
    return case, officer, steps.first_link(officer, RELEASED, RELEASED)


def at_work(cast: Cast, case: str) -> None:
    set_partition(cast.actor("koordinator"))
    Assignment.objects.filter(case_id=id_in(case)).update(ends_on=date(2040, 1, 1))


@pytest.mark.parametrize(("last", "over"), NIGHTS)
def test_the_last_day_is_over_at_midnight_where_the_people_are(
    employed: Cast, last: date, over: datetime
) -> None:
    assert at(last + timedelta(days=1), 0) == over
    with time_machine.travel(at(last - timedelta(days=30)), tick=False):
        case, _officer, page = released(employed, last)
        at_work(employed, case)
    with time_machine.travel(over - SECOND, tick=False):
        assert timezone.localdate() == last
        assert employed.client("polis", code="1495").get(page).status_code == 200
        assert end_what_is_over(now=timezone.now()) == 0
        assert stage(employed, case) == Stage.ACTIVE
    with time_machine.travel(over, tick=False):
        assert employed.client("polis", code="1495").get(page).status_code == 404
        assert end_what_is_over(now=timezone.now()) == 1
        assert end_what_is_over(now=timezone.now()) == 0
        assert stage(employed, case) == Stage.FROZEN


def test_born_on_the_29th_of_february_one_is_of_age_on_the_28th(employed: Cast) -> None:
    """Lagen 1930:173, 1 §. The case stands still from that midnight until the adult has signed."""
    eve, birthday = date(2026, 2, 27), date(2026, 2, 28)
    with time_machine.travel(at(date(2026, 1, 20)), tick=False):
        case, _officer, page = released(employed, eve, born=LEAP.isoformat())
        at_work(employed, case)
        refused = employed.client("koordinator").get(f"{case}samtycke/").content.decode()
        assert 'value="2026-02-27"' in refused
    with time_machine.travel(at(birthday, 0) - SECOND, tick=False):
        assert employed.client("polis", code="1495").get(page).status_code == 200
    with time_machine.travel(at(birthday, 0), tick=False):
        assert employed.client("polis", code="1495").get(page).status_code == 404
        assert end_what_is_over(now=timezone.now()) == 1
        assert stage(employed, case) == Stage.FROZEN
        assert Case.objects.get(pk=id_in(case)).stopped_because == "inväntar_samtycke_18"
        assert kinds_of(employed).count("expired") == 1
        assert Guardian.objects.get().ends_on == eve
        coordinator = employed.client("koordinator")
        school = [employed.membership("larare").agency_id]
        own = steps.begin_consent(coordinator, case, school, kinds={"school"})
        (youth,) = steps.signers(coordinator, own)
        assert steps.answer_for(coordinator, youth).status_code == 302
        assert stage(employed, case) == Stage.ACTIVE
