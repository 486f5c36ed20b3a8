"""A reminder reaches nobody who is barred from what it is about: not the number, and not that there is something."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.request_transaction import work
from cases.models import Case, Person
from cases.services.barred_reminders import numbers_barred
from cases.services.protection import name_all
from reminders.barred import Holder, barred, open_to
from reminders.models import Absence, Deadline, Notice, Reminder
from reminders.recipients import taker_of
from reminders.services import set_deadline
from tests.cases import request_steps, steps, test_about
from tests.cast import Cast

TODAY = timezone.localdate()


@pytest.fixture
def case(cast: Cast) -> Case:
    """Led by the coordinator."""
    steps.tell(cast.client("larare"))
    coordinator = cast.client("koordinator")
    page = steps.take(coordinator, steps.first_link(coordinator, "/inkommet/", "/inkommet/"))
    with work(cast.actor("koordinator")):
        return Case.objects.get(pk=page.split("/")[2])


def protect(cast: Cast, *named: str) -> None:
    with work(cast.actor("koordinator")):
        Person.objects.update(protection="marked")
        name_all(
            actor=cast.actor("koordinator"),
            person=Person.objects.get(),
            named=[cast.membership(who) for who in named],
            reason="Hot",
            now=timezone.now(),
        )


def away(cast: Cast, who: str, substitute: str) -> None:
    actor = cast.actor(who)
    with work(actor):
        Absence.objects.create(
            municipality_id=actor.municipality_id,
            agency_id=actor.agency_id,
            membership_id=actor.member,
            substitute_id=cast.membership(substitute).id,
            from_day=TODAY,
            to_day=TODAY + timedelta(days=60),
            noted_by_id=actor.member,
            noted_at=timezone.now(),
        )


def declare_conflict(cast: Cast, case: Case, who: str, successor: str) -> None:
    answer = cast.client(who).post(
        f"/arenden/{case.pk}/jav/",
        {
            "kind": "family",
            "reason": "Vi är grannar",
            "successor": str(cast.membership(successor).id),
            "act": "declare",
        },
    )
    assert answer.status_code == 302


def takers(cast: Cast, case: Case) -> set[UUID]:
    with work(cast.actor("koordinator")):
        rows = Reminder.objects.filter(deadline__label=case.number, status="pending")
        assert rows
        found = (taker_of(row, today=TODAY) for row in rows.select_related("deadline__unit"))
        return {taker.membership.pk for taker in found if taker}


def notice_for(cast: Cast, case: Case, who: str) -> None:
    with work(cast.actor("koordinator")):
        reminder = Reminder.objects.filter(
            deadline__label=case.number, channel="inapp", recipient="responsible"
        ).earliest("fire_at")
        Notice.objects.create(
            municipality_id=reminder.municipality_id,
            agency_id=reminder.agency_id,
            reminder=reminder,
            deadline=reminder.deadline,
            membership=cast.membership(who),
            text=reminder.text,
            created_at=timezone.now(),
        )


def test_a_substitute_who_is_not_named_for_a_protected_person_is_passed_over(
    cast: Cast, case: Case
) -> None:
    away(cast, "koordinator", "registrator")
    assert cast.membership("registrator").id in takers(cast, case)
    protect(cast, "koordinator", "chef")
    assert takers(cast, case) == {cast.membership("chef").id}


def test_with_nobody_named_who_is_there_nobody_gets_it(cast: Cast, case: Case) -> None:
    away(cast, "koordinator", "registrator")
    protect(cast, "koordinator")
    assert takers(cast, case) == set()


def test_who_is_responsible_and_not_named_is_passed_over_too(cast: Cast, case: Case) -> None:
    protect(cast, "chef")
    assert takers(cast, case) == {cast.membership("chef").id}


def test_who_left_for_a_conflict_of_interest_does_not_come_back_as_a_substitute(
    cast: Cast, case: Case
) -> None:
    declare_conflict(cast, case, "koordinator", "socialsekreterare")
    away(cast, "socialsekreterare", "koordinator")
    assert takers(cast, case) == {cast.membership("chef").id}


def test_a_deputy_with_a_conflict_of_interest_is_not_told_of_the_polices_question(
    cast: Cast,
) -> None:
    about_somebody = test_about.known_person(cast)
    request_steps.ask(cast, "social_services", basis="OTHER", kinds=["social"])
    manager, deputy = cast.client("chef"), cast.membership("socialsekreterare")
    days = {"starts_on": TODAY.isoformat(), "ends_on": (TODAY + timedelta(days=9)).isoformat()}
    named = {"deputy": str(deputy.id), **days}
    assert manager.post(f"{request_steps.LIST}stallforetradare/", named).status_code == 302
    test_about.tie(manager, request_steps.waiting_for(manager))

    def told() -> set[UUID | None]:
        with work(cast.actor("chef")):
            rows = Reminder.objects.filter(deadline__kind="police_request", recipient="deputy")
            found = (taker_of(row, today=TODAY) for row in rows.select_related("deadline__unit"))
            return {taker.membership.pk if taker else None for taker in found}

    assert told() == {deputy.id}
    test_about.declare(cast, about_somebody, "socialsekreterare")
    assert told() == {None}


@pytest.mark.parametrize(
    ("kind", "told"),
    [("break_glass_review", True), ("without_owner", True), ("follow_up_due", False)],
)
def test_a_number_that_nobody_would_answer_for_is_told_to_who_is_barred_and_no_other_is(
    cast: Cast, case: Case, kind: str, told: bool
) -> None:
    protect(cast, "koordinator")
    manager = cast.membership("chef")
    with work(cast.actor("koordinator")):
        deadline = set_deadline(
            kind=kind,
            subject_id=uuid4(),
            label=case.number,
            route="case_detail",
            responsible=manager.id,
            due_on=TODAY + timedelta(days=40),
        )
        own = Reminder.objects.filter(deadline=deadline, recipient="responsible")
        found = [taker_of(row, today=TODAY) for row in own.select_related("deadline__unit")]
    assert {taker.membership == manager for taker in found if taker} == {told}


@pytest.mark.parametrize("page", ["/", "/inkorg/"])
def test_a_notice_that_lies_in_an_inbox_is_gone_when_the_person_becomes_protected(
    cast: Cast, case: Case, page: str
) -> None:
    notice_for(cast, case, "registrator")
    client = cast.client("registrator")
    assert case.number in client.get(page).content.decode()
    protect(cast, "koordinator", "chef")
    assert case.number not in client.get(page).content.decode()
    protect(cast, "koordinator", "chef", "registrator")
    assert case.number in client.get(page).content.decode()


def test_what_is_late_is_not_told_to_a_manager_who_is_barred(cast: Cast, case: Case) -> None:
    with work(cast.actor("koordinator")):
        Deadline.objects.filter(kind="follow_up_due", label=case.number).update(
            due_on=TODAY - timedelta(days=4)
        )
    manager, coordinator = cast.client("chef"), cast.client("koordinator")
    assert case.number in manager.get("/forsenat/").content.decode()
    assert case.number in coordinator.get("/").content.decode()
    protect(cast, "socialsekreterare")
    assert case.number not in manager.get("/forsenat/").content.decode()
    assert case.number not in coordinator.get("/").content.decode()


def test_of_two_numbers_only_the_one_that_is_closed_is_hidden(cast: Cast, case: Case) -> None:
    actor = cast.actor("koordinator")
    with work(actor):
        dates = [
            set_deadline(
                kind="task_due",
                subject_id=uuid4(),
                label=number,
                route="case_detail",
                responsible=actor.member,
                due_on=TODAY,
            )
            for number in (case.number, "I-1", "")
        ]
    protect(cast, "chef")
    with work(actor):
        hidden = barred([Holder(actor.member, actor.user)], dates)
        assert hidden == {(actor.member, dates[0].pk)}
        assert open_to(actor, dates) == dates[1:]


def test_many_are_asked_about_with_as_many_questions_as_one(cast: Cast, case: Case) -> None:
    protect(cast, "koordinator", "chef")
    people = [
        cast.membership(who) for who in ("koordinator", "chef", "registrator", "socialsekreterare")
    ]
    with work(cast.actor("koordinator")):
        holders = [Holder(held.pk, held.user_id) for held in people]
        with CaptureQueriesContext(
            connection,
        ) as one:
            assert numbers_barred(holders[:1], [case.number]) == set()
        with CaptureQueriesContext(connection) as many:
            found = numbers_barred(holders, [case.number, "S99-XXXXX"])
    assert found == {(held.pk, case.number) for held in people[2:]}
    assert len(one) == len(many) == 4
