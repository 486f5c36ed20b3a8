"""Who takes a reminder when whoever is responsible is not there: the one named for the days, then by role, own unit first."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from access.models import Membership, Role, Unit, User
from access.request_transaction import work
from reminders import recipients
from reminders.models import Absence, Reminder
from reminders.recipients import address_for, person_for
from reminders.rules import TABLE, compile_rules
from reminders.services import set_deadline
from tests.cast import Cast

TODAY = timezone.localdate()
WORKER, OUTSIDE, COORDINATOR, MANAGER = (
    "socialsekreterare",
    "socialsekreterare-utanfor",
    "koordinator",
    "chef",
)


def away(cast: Cast, who: str, substitute: str | None = None) -> None:
    actor = cast.actor(who)
    with work(actor):
        Absence.objects.create(
            municipality_id=actor.municipality_id,
            agency_id=actor.agency_id,
            membership_id=actor.member,
            substitute_id=cast.membership(substitute).id if substitute else None,
            from_day=TODAY,
            to_day=TODAY + timedelta(days=30),
            noted_by_id=actor.member,
            noted_at=timezone.now(),
        )


def owed(
    cast: Cast, who: str = WORKER, *, kind: str = "task_due", to: str = "responsible"
) -> Reminder:
    """One reminder of a date that `who` is responsible for."""
    actor = cast.actor(COORDINATOR)
    with work(actor):
        deadline = set_deadline(
            kind=kind,
            subject_id=uuid4(),
            label="",
            route="case_detail",
            responsible=cast.membership(who).id,
            due_on=TODAY + timedelta(days=40),
        )
        rows = Reminder.objects.select_related("deadline__unit")
        found = rows.filter(deadline=deadline, recipient=to).first()
    assert found is not None
    return found


def taker(cast: Cast, reminder: Reminder, *, today: date = TODAY) -> Membership | None:
    with work(cast.actor(COORDINATOR)):
        return person_for(reminder, today=today)


def address(cast: Cast, reminder: Reminder) -> str | None:
    with work(cast.actor(COORDINATOR)):
        return address_for(reminder, today=TODAY)


def colleague(cast: Cast, beside: str, role: Role, *, starts_on: date = TODAY) -> Membership:
    """Somebody more in the unit of `beside`."""
    unit = cast.membership(beside)
    return Membership.objects.create(
        user=User.objects.create_user(email=f"{uuid4().hex}@sspf.example", name="Kollega"),
        municipality_id=unit.municipality_id,
        agency_id=unit.agency_id,
        unit_id=unit.unit_id,
        role=role,
        starts_on=starts_on,
        ends_on=TODAY + timedelta(days=300),
    )


def test_of_two_who_coordinate_the_one_in_the_dates_own_unit_takes_it(cast: Cast) -> None:
    reminder = owed(cast, OUTSIDE)
    away(cast, OUTSIDE)
    assert taker(cast, reminder) == cast.membership(COORDINATOR)
    theirs = colleague(cast, OUTSIDE, Role.COORDINATOR)
    # Who has been there longest is asked first only within one unit.
    assert theirs.starts_on > cast.membership(COORDINATOR).starts_on
    assert taker(cast, reminder) == theirs


def test_whoever_coordinates_goes_before_whoever_leads_and_the_first_to_come_before_the_next(
    cast: Cast,
) -> None:
    reminder = owed(cast)
    away(cast, WORKER)
    colleague(cast, WORKER, Role.COORDINATOR)
    first = colleague(cast, WORKER, Role.COORDINATOR, starts_on=TODAY - timedelta(days=400))
    leads = colleague(cast, WORKER, Role.MANAGER, starts_on=TODAY - timedelta(days=500))
    assert taker(cast, reminder) == first
    over = {"starts_on": TODAY - timedelta(days=9), "ends_on": TODAY - timedelta(days=1)}
    Membership.objects.filter(role=Role.COORDINATOR).update(**over)
    assert taker(cast, reminder) == leads


def test_who_is_named_goes_before_whoever_coordinates_also_where_the_substitute_is_told(
    cast: Cast,
) -> None:
    reminder = owed(cast, kind="follow_up_due", to="substitute")
    assert taker(cast, reminder) == cast.membership(COORDINATOR)
    away(cast, WORKER, substitute=OUTSIDE)
    assert taker(cast, reminder) == cast.membership(OUTSIDE)


@pytest.mark.parametrize(
    ("named", "to"),
    [(OUTSIDE, f"{OUTSIDE}@sspf.example"), (None, "barn-och-unga@sspf.example")],
)
def test_the_units_mailbox_has_the_mail_only_where_nobody_is_named(
    cast: Cast, named: str | None, to: str
) -> None:
    reminder = owed(cast)
    unit = Unit.objects.filter(pk=cast.membership(WORKER).unit_id)
    unit.update(mailbox="barn-och-unga@sspf.example")
    with work(cast.actor(COORDINATOR)):
        reminder.deadline.unit.refresh_from_db()
    assert address(cast, reminder) == f"{WORKER}@sspf.example"
    away(cast, WORKER, substitute=named)
    assert address(cast, reminder) == to


def test_with_everybody_of_the_role_away_the_one_they_have_named_takes_it(cast: Cast) -> None:
    reminder = owed(cast)
    for who in (WORKER, MANAGER):
        away(cast, who)
    away(cast, COORDINATOR, substitute=OUTSIDE)
    assert taker(cast, reminder) == cast.membership(OUTSIDE)


def test_whoever_of_the_role_is_there_goes_before_one_named_by_somebody_away(cast: Cast) -> None:
    reminder = owed(cast)
    away(cast, WORKER)
    away(cast, COORDINATOR, substitute=OUTSIDE)
    assert taker(cast, reminder) == cast.membership(MANAGER)


def test_where_a_timer_names_its_stand_ins_nobody_outside_the_unit_is_told(cast: Cast) -> None:
    """Neither one named for the days nor one by role, also with nobody left in the unit."""
    reminder = owed(cast, kind="protection_assessment")
    away(cast, WORKER, substitute=OUTSIDE)
    assert taker(cast, reminder) == cast.membership(MANAGER)
    away(cast, MANAGER, substitute=OUTSIDE)
    assert taker(cast, reminder) is None
    inside = colleague(cast, WORKER, Role.SOCIAL_WORKER)
    assert taker(cast, reminder) == inside


def test_a_manager_who_is_told_is_of_the_unit_where_a_timer_names_its_stand_ins(cast: Cast) -> None:
    named = owed(cast, OUTSIDE, kind="protection_assessment", to="manager")
    anybody = owed(cast, OUTSIDE, kind="follow_up_due", to="manager")
    assert taker(cast, named) is None
    assert taker(cast, anybody) == cast.membership(MANAGER)
    colleague(cast, OUTSIDE, Role.COORDINATOR)
    assert taker(cast, named) is None


def test_a_timer_that_names_its_stand_ins_names_its_substitute_among_them(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No row of the table has both today; one that gets both must tell nobody else."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    (row,) = (one for one in table["timer"] if one["kind"] == "follow_up_due")
    row["stand_ins"] = ["manager"]
    changed = compile_rules(table)
    reminder = owed(cast, kind="follow_up_due", to="substitute")
    monkeypatch.setattr(recipients, "rules", lambda: changed)
    assert taker(cast, reminder) == cast.membership(MANAGER)
