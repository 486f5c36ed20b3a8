"""A renewal can give less than what it renews: what it does not cover any more, or not for so long, ends with it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import time_machine
from django.utils import timezone

from access.request_transaction import set_partition
from cases.models import Disclosure
from tests.cases import steps
from tests.cases.test_consent import RELEASED
from tests.cases.test_meeting import call_path, plan
from tests.cast import Cast


def midnight_after(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def ended_because(cast: Cast) -> str:
    set_partition(cast.actor("koordinator"))
    return str(Disclosure.objects.get().end.reason)


def test_what_could_be_read_for_longer_than_the_renewal_holds_is_not_read_after_it(
    cast: Cast,
) -> None:
    """At that midnight already, before any night round."""
    case, _summary = steps.released(cast)
    coordinator, officer = cast.client("koordinator"), cast.client("polis", code="1495")
    page = steps.first_link(officer, RELEASED, RELEASED)
    last = timezone.localdate() + timedelta(days=10)
    police = [cast.membership("polis", code="1495").agency_id]
    steps.consent(coordinator, case, police, valid_to=last.isoformat())
    with time_machine.travel(midnight_after(last), tick=False):
        assert cast.client("polis", code="1495").get(page).status_code == 404
    assert ended_because(cast) == "consent_replaced"


def test_what_ends_with_the_renewal_or_before_goes_on(cast: Cast) -> None:
    case, _summary = steps.released(cast)
    coordinator, officer = cast.client("koordinator"), cast.client("polis", code="1495")
    page = steps.first_link(officer, RELEASED, RELEASED)
    last = timezone.localdate() + timedelta(days=90)
    police = [cast.membership("polis", code="1495").agency_id]
    steps.consent(coordinator, case, police, valid_to=last.isoformat())
    assert officer.get(page).status_code == 200


def test_a_unit_that_is_no_longer_in_the_renewal_reads_nothing_any_more(cast: Cast) -> None:
    case, _summary = steps.released(cast)
    officer = cast.client("polis", code="1495")
    page = steps.first_link(officer, RELEASED, RELEASED)
    steps.consent(cast.client("koordinator"), case, [cast.membership("larare").agency_id])
    assert officer.get(page).status_code == 404
    assert ended_because(cast) == "consent_replaced"


def test_a_unit_that_may_now_only_tell_of_a_kind_is_not_told_of_it_any_more(cast: Cast) -> None:
    steps.tell(cast.client("larare"))
    coordinator, teacher = cast.client("koordinator"), cast.membership("larare")
    case = steps.take(coordinator, steps.first_link(coordinator, "/inkommet/", "/inkommet/"))
    steps.consent(coordinator, case, [teacher.agency_id])
    summary = steps.write_summary(coordinator, case, [teacher.id], kind="school")
    approved = cast.client("chef").post(summary, {"act": "approve", "seen_version": "0"})
    assert approved.status_code == 302
    reader = cast.client("larare")
    page = steps.first_link(reader, RELEASED, RELEASED)
    ticks, tick = steps.ticks([teacher.agency_id]), f"{teacher.unit_id}:school"
    steps.consent(
        coordinator,
        case,
        [teacher.agency_id],
        receive=[one for one in ticks["receive"] if one != tick],
        share=[*ticks["share"], tick],
    )
    assert reader.get(page).status_code == 404
    assert ended_because(cast) == "consent_replaced"


def test_nobody_is_called_to_a_meeting_after_the_day_on_which_the_renewal_ends(cast: Cast) -> None:
    steps.tell(cast.client("larare"))
    coordinator, teacher = cast.client("koordinator"), cast.membership("larare")
    case = steps.take(coordinator, steps.first_link(coordinator, "/inkommet/", "/inkommet/"))
    steps.consent(coordinator, case, [teacher.agency_id])
    plan(coordinator, case, teacher)
    called = cast.client("larare")
    page, day = call_path(called), timezone.localdate() + timedelta(days=9)
    steps.consent(coordinator, case, [teacher.agency_id], valid_to=day.isoformat())
    assert called.get(page).status_code == 200
    shorter = (day - timedelta(days=1)).isoformat()
    steps.consent(coordinator, case, [teacher.agency_id], valid_to=shorter)
    assert called.get(page).status_code == 404
