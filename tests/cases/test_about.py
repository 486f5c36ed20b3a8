"""A report or a question that is about somebody known here: conflict of interest and protection close it too, untold."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from access.request_transaction import set_partition
from audit.models import AuditEvent
from cases.models import FeedbackRequest, PoliceRequest, ReceivedReport
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


@pytest.mark.parametrize("who", ["larare", "koordinator", "registrator", "administrator", "polis"])
def test_nobody_else_can_try_a_number(cast: Cast, who: str) -> None:
    report = report_steps.receive(cast.client(WORKER))
    typed = {"act": "tie", "number": NUMBER, "seen_version": "0"}
    assert cast.client(who).post(report, typed).status_code == 404
    assert tied(cast).version == 0
    assert timezone.localdate(tied(cast).registered_at) == timezone.localdate()
