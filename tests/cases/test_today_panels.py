"""What "I dag" shows of cases to each role."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from access.request_transaction import set_partition
from audit.models import AuditEvent
from tests.cases import steps
from tests.cast import Cast


@pytest.mark.parametrize("who", ["larare", "rektor", "kurator", "skolskoterska", "fritidsledare"])
def test_who_meets_children_is_led_to_tell_of_a_concern(cast: Cast, who: str) -> None:
    page = cast.client(who).get("/").content.decode()
    assert 'href="/oro/ny/"' in page
    assert "Berätta om din oro" in page
    assert "Detta är inte en orosanmälan" in page


def test_the_teacher_sees_the_latest_receipts_and_nothing_of_the_outcome(cast: Cast) -> None:
    teacher = cast.client("larare")
    receipt = steps.tell(teacher)
    before = teacher.get("/").content.decode()
    assert f"/oro/kvitto/{receipt}/" in before
    coordinator = cast.client("koordinator")
    steps.take(coordinator, steps.first_link(coordinator, "/inkommet/", "/inkommet/"))
    after = cast.client("larare").get("/").content.decode()
    assert "Mottagen" in after
    assert "Tagen" not in after


def test_the_coordinator_sees_how_many_wait_until_they_are_taken(cast: Cast) -> None:
    coordinator = cast.client("koordinator")
    assert "orossignal" not in coordinator.get("/").content.decode().lower()
    steps.tell(cast.client("larare"))
    steps.tell(cast.client("larare"))
    page = coordinator.get("/").content.decode()
    assert "2 orossignaler väntar på att någon tar dem" in page
    assert steps.SEEN not in page
    for _count in range(2):
        steps.take(coordinator, steps.first_link(coordinator, "/inkommet/", "/inkommet/"))
    assert "väntar på att någon tar" not in coordinator.get("/").content.decode()
    assert (
        "väntar på att någon tar" not in cast.client("socialsekreterare").get("/").content.decode()
    )


def test_the_officer_named_sees_what_is_new_by_number_and_the_read_is_noted(cast: Cast) -> None:
    steps.released(cast)
    page = cast.client("polis", code="1495").get("/").content.decode()
    assert "Nytt som har lämnats ut till dig" in page
    assert "/delat-med-oss/" in page
    assert "Nils" not in page
    assert steps.SUMMARY not in page
    officer = cast.actor("polis", code="1495")
    set_partition(officer)
    read = AuditEvent.objects.filter(
        action="read", purpose="list", actor_membership_id=officer.membership_id
    ).get()
    assert read.field_groups == ["release"]
    assert "Nytt som" not in cast.client("polis-utanfor").get("/").content.decode()


def test_a_late_answer_is_said_in_the_panel(cast: Cast) -> None:
    steps.tell(cast.client("larare"))
    later = timezone.now() + timedelta(days=10)
    with time_machine.travel(later, tick=True):
        page = cast.client("koordinator").get("/").content.decode()
    assert "skulle ha besvarats" in page
