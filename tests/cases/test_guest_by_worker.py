"""What nobody reviews yet is asked about by the worker, which has no other right to the directory than to make that guest."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import ProgrammingError
from django.utils import timezone

from access.models import Agency, Membership, Role, User
from access.request_transaction import work
from cases.models import BreakGlass, Case
from cases.services.ownerless import find_for
from reminders.models import Deadline
from tests.cases import steps
from tests.cases.glass_steps import NUMBER, break_glass
from tests.cases.talk_steps import id_in
from tests.cast import Cast
from tests.reminders.conftest import role

DUTY = "socialsekreterare-utanfor"


def reviewer_at_the_school(cast: Cast, name: str) -> Membership:
    school, today = cast.membership("rektor"), timezone.localdate()
    return Membership.objects.create(
        user=User.objects.create_user(email=f"{name.lower()}@sspf.example", name=name),
        municipality=school.municipality,
        agency=school.agency,
        unit=school.unit,
        role=Role.LOG_REVIEWER,
        starts_on=today,
        ends_on=today + timedelta(days=100),
    )


def leave(*memberships: Membership) -> None:
    Membership.objects.filter(pk__in=[one.pk for one in memberships]).update(
        ended_at=timezone.now()
    )


def asked_by_worker(cast: Cast, agency: Agency) -> Membership:
    """Who reviews the one opening after the worker's round."""
    with role("worker"):
        find_for(agency, now=timezone.now())
    with work(cast.actor("koordinator")):
        reviewer = BreakGlass.objects.select_related("reviewer__user").get().reviewer
        deadline = Deadline.objects.get(kind="break_glass_review", state=Deadline.State.OPEN)
    assert reviewer is not None
    assert deadline.responsible_membership_id == reviewer.pk
    return reviewer


def test_the_worker_asks_a_guest_and_the_next_guest(committed_cast: Cast) -> None:
    cast = committed_cast
    steps.tell(cast.client("larare"))
    coordinator = cast.client("koordinator")
    found = steps.first_link(coordinator, "/inkommet/", "/inkommet/")
    page = steps.take(coordinator, found, number=NUMBER, birth_date="2011-01-02")
    with work(cast.actor("koordinator")):
        case = Case.objects.select_related("agency").get(pk=id_in(page))
    leave(cast.membership("chef"), cast.membership("logggranskare"))
    break_glass(cast, DUTY, case.number)
    first = reviewer_at_the_school(cast, "Gunvor")
    guest = asked_by_worker(cast, case.agency)
    assert (guest.user_id, guest.home_id, guest.role) == (first.user_id, first.pk, "log_reviewer")
    assert (guest.agency_id, guest.ends_on) == (
        case.agency_id,
        guest.starts_on + timedelta(days=14),
    )
    leave(first, guest)
    second = reviewer_at_the_school(cast, "Sigrid")
    assert asked_by_worker(cast, case.agency).home_id == second.pk


def test_the_worker_makes_no_other_role_and_ends_none(committed_cast: Cast) -> None:
    member = committed_cast.membership("larare")
    with role("worker"):
        with pytest.raises(ProgrammingError):
            Membership.objects.filter(pk=member.pk).update(role=Role.ADMINISTRATOR)
        with pytest.raises(ProgrammingError):
            reviewer_at_the_school(committed_cast, "Ingen")
