"""A report or a question that is about somebody known here: conflict of interest and protection close it too, untold."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from access.models import Membership, Municipality, Unit, User
from access.request_transaction import set_partition, work
from audit.models import AuditEvent
from cases.models import FeedbackRequest, PoliceRequest, ReceivedReport
from cases.services.ownerless import find_everywhere
from cases.services.request_barred import nobody_decides
from reminders.models import Deadline
from tests.cases import hard_steps, report_steps, request_steps, steps
from tests.cases.hard_steps import NUMBER, OTHER_NUMBER
from tests.cast import Cast

STRANGER = OTHER_NUMBER
WORKER, MANAGER = "socialsekreterare", "chef"
IDS = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"|value="\d+"')


def tie(client: Client, page: str, number: str = NUMBER) -> str:
    """What the page says once the number has been tried."""
    assert report_steps.act(client, page, "tie", number=number) == 302
    return client.get(f"{page}?provat").content.decode()


def known_person(cast: Cast) -> str:
    """A person of the coordinator's case, in which nobody of the intake works; gives the case's path."""
    steps.tell(cast.client("larare"))
    client = cast.client("koordinator")
    return steps.take(
        client,
        steps.first_link(client, "/inkommet/", "/inkommet/"),
        number=NUMBER,
        birth_date="2011-01-02",
    )


def tied(cast: Cast) -> ReceivedReport:
    set_partition(cast.actor(MANAGER))
    return ReceivedReport.objects.get()


def declare(cast: Cast, case: str, who: str) -> None:
    """Registered by the manager, about themselves or somebody else."""
    fields = {
        "kind": "family",
        "reason": "Granne",
        "who": str(cast.membership(who).id),
    }
    answer = cast.client(MANAGER).post(f"{case}jav/", fields)
    assert answer.status_code == 302, answer.content.decode()


def test_a_report_about_a_protected_person_closes_for_who_is_not_named(cast: Cast) -> None:
    hard_steps.protected(cast)
    worker, manager = cast.client(WORKER), cast.client(MANAGER)
    report = report_steps.receive(worker)
    miss, hit = tie(worker, report, STRANGER), tie(worker, report)
    assert IDS.sub("", miss) == IDS.sub("", hit)
    assert tied(cast).person_id is None
    assert AuditEvent.objects.filter(action="search", outcome="denied").count() == 1
    assert IDS.sub("", tie(manager, report)).count("Numret är prövat") == 1
    assert tied(cast).person_id is not None
    assert manager.get(report).status_code == 200
    hidden = worker.get(report)
    missing = worker.get(report.replace(report.split("/")[-2], str(tied(cast).agency_id)))
    assert hidden.status_code == missing.status_code == 404
    assert len(hidden.content) == len(missing.content)
    assert tied(cast).number not in worker.get("/orosanmalan/inkomna/").content.decode()
    assert worker.post(report, {"act": "take_over", "seen_version": "9"}).status_code == 404
    assert tied(cast).responsible_id == cast.membership(MANAGER).id
    owed = Deadline.objects.filter(subject_id=tied(cast).id, state=Deadline.State.OPEN)
    assert {one.responsible_membership_id for one in owed} == {cast.membership(MANAGER).id}


def test_a_report_about_somebody_known_says_nothing_and_closes_when_a_conflict_is_declared(
    cast: Cast,
) -> None:
    case = known_person(cast)
    worker = cast.client(WORKER)
    report = report_steps.receive(worker)
    stranger, known = tie(worker, report, STRANGER), tie(worker, report)
    assert IDS.sub("", stranger) == IDS.sub("", known)
    assert tied(cast).person_id is not None
    declare(cast, case, WORKER)
    assert worker.get(report).status_code == 404
    assert cast.client(MANAGER).get(report).status_code == 200
    assert tied(cast).responsible_id == cast.membership(MANAGER).id


def test_feedback_asked_for_closes_with_the_report_that_it_is_matched_with(cast: Cast) -> None:
    case = known_person(cast)
    worker, teacher = cast.client(WORKER), cast.client("larare")
    report_steps.ask(teacher, report_steps.note_made(teacher))
    report = report_steps.receive(worker)
    question = report_steps.question_of(worker)
    assert report_steps.act(worker, question, "match", report=str(tied(cast).id)) == 302
    tie(worker, report)
    assert worker.get(question).status_code == 200
    set_partition(cast.actor(MANAGER))
    number = FeedbackRequest.objects.get().number
    listed = "/orosanmalan/inkomna/"
    assert number in worker.get(listed).content.decode()
    declare(cast, case, WORKER)
    assert number not in worker.get(listed).content.decode()
    assert number in cast.client(MANAGER).get(listed).content.decode()
    assert worker.get(question).status_code == 404
    assert cast.client(MANAGER).get(question).status_code == 200


def test_a_number_nobody_has_and_one_that_is_wrong(cast: Cast) -> None:
    known_person(cast)
    worker = cast.client(WORKER)
    report = report_steps.receive(worker)
    tie(worker, report, OTHER_NUMBER)
    assert tied(cast).person_id is None
    tie(worker, report)
    tie(worker, report, OTHER_NUMBER)
    assert tied(cast).person_id is not None
    wrong = {"act": "tie", "number": "20110102-2399", "seen_version": str(tied(cast).version)}
    page = worker.post(report, wrong)
    assert page.status_code == 422
    assert "stämmer inte" in page.content.decode()
    assert worker.post(report, wrong | {"number": NUMBER, "seen_version": "0"}).status_code == 409


def test_a_question_from_the_police_closes_for_whoever_has_a_conflict_of_interest(
    cast: Cast,
) -> None:
    case = known_person(cast)
    request_steps.ask(cast, "social_services", basis="OTHER", kinds=["social"])
    manager = cast.client(MANAGER)
    page = request_steps.waiting_for(manager)
    assert "Numret är prövat" in tie(manager, page)
    set_partition(cast.actor(MANAGER))
    asked = PoliceRequest.objects.get()
    assert asked.person_id is not None
    assert manager.get(page).status_code == 200
    declare(cast, case, MANAGER)
    assert manager.get(page).status_code == 404
    listed = manager.get(request_steps.LIST)
    assert listed.status_code == 200
    assert asked.number not in listed.content.decode()
    assert manager.post(page, {"act": "nothing", "seen_version": "1"}).status_code == 404


def asked_of(cast: Cast, who: str = MANAGER) -> list[UUID]:
    """Who is reminded of the question in that agency."""
    with work(cast.actor(who)):
        waits = Deadline.objects.filter(kind="police_request", state=Deadline.State.OPEN)
        return list(waits.values_list("responsible_membership_id", flat=True))


def another(cast: Cast, like: str, *, unit: Unit | None = None) -> Membership:
    """A colleague who comes, in the same role of the same agency."""
    one = cast.membership(like)
    user = User.objects.create_user(email="ny.kollega@sspf.example", name="Ny Kollega")
    User.objects.filter(pk=user.pk).update(demo_cast="ny-kollega")
    return Membership.objects.create(
        user=user,
        municipality=one.municipality,
        agency=one.agency,
        unit=unit or one.unit,
        role=one.role,
        starts_on=timezone.localdate(),
        ends_on=timezone.localdate() + timedelta(days=100),
    )


def test_a_question_that_everybody_is_barred_from_is_told_to_the_administrator_and_to_who_comes(
    cast: Cast,
) -> None:
    case = known_person(cast)
    request_steps.ask(cast, "social_services", basis="OTHER", kinds=["social"])
    page = request_steps.waiting_for(cast.client(MANAGER))
    tie(cast.client(MANAGER), page)
    roles, warning = "/behorigheter/", "en fråga från polisen väntar, och ingen där får besluta"
    administrator = cast.client("administrator")
    assert warning not in administrator.get(roles).content.decode()
    declare(cast, case, MANAGER)
    with work(cast.actor(MANAGER)):
        number = PoliceRequest.objects.get().number
    seen = administrator.get(roles).content.decode()
    assert f"{cast.membership(MANAGER).agency.name}: {warning}" in seen
    for kept in (number, request_steps.ABOUT, "Nils"):
        assert kept not in seen
    asking = cast.actor("administrator")
    with work(asking), connection.cursor() as cursor:
        at = Municipality.objects.get(pk=asking.municipality_id)
        assert len(nobody_decides(at, timezone.localdate())) == 1
        cursor.execute("SELECT current_setting('sspf.agency')")
        assert cursor.fetchone() == (str(asking.agency_id),), "looked, and came back"
    # Whoever is barred is not reminded of it any more.
    assert asked_of(cast) == []
    find_everywhere(now=timezone.now())
    assert asked_of(cast) == []
    newcomer = another(cast, MANAGER)
    find_everywhere(now=timezone.now())
    assert asked_of(cast) == [newcomer.id]
    assert warning not in administrator.get(roles).content.decode()
    assert cast.client("ny-kollega").get(page).status_code == 200
    assert cast.client(MANAGER).get(page).status_code == 404


def test_the_next_who_may_decide_is_asked_at_once_also_in_another_unit(cast: Cast) -> None:
    case = known_person(cast)
    request_steps.ask(cast, "social_services", basis="OTHER", kinds=["social"])
    page = request_steps.waiting_for(cast.client(MANAGER))
    tie(cast.client(MANAGER), page)
    manager = cast.membership(MANAGER)
    unit = Unit.objects.create(agency=manager.agency, name="Enheten norr")
    there = another(cast, MANAGER, unit=unit)
    assert asked_of(cast) == [manager.id]
    declare(cast, case, MANAGER)
    assert asked_of(cast) == [there.id]
    assert cast.client(MANAGER).get(page).status_code == 404
    answer = cast.client("ny-kollega").get(page)
    assert answer.status_code == 200
    assert request_steps.ABOUT in answer.content.decode()


@pytest.mark.parametrize("who", ["larare", "koordinator", "registrator", "administrator", "polis"])
def test_nobody_else_can_try_a_number(cast: Cast, who: str) -> None:
    report = report_steps.receive(cast.client(WORKER))
    typed = {"act": "tie", "number": NUMBER, "seen_version": "0"}
    assert cast.client(who).post(report, typed).status_code == 404
    assert tied(cast).version == 0
    assert timezone.localdate(tied(cast).registered_at) == timezone.localdate()
