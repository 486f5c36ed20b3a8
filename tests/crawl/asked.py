"""What agencies ask and tell each other beside a consent: the police's questions, reports of concern, disclosures by law."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from access.actor import actor_of
from access.request_transaction import work
from cases.services.request_deputy import name_deputy
from tests.cases import report_steps, request_steps, share_steps
from tests.cast import Cast
from tests.crawl.people import TOWNS, Town

# Municipality → a birth date that is no other date of the world.
BORN = {"1495": "2008-11-30", "1445": "2008-12-01", "1471": "2008-12-02"}


def everything(today: date) -> None:
    """In each municipality: answered and waiting, reported and asked about."""
    for town in TOWNS:
        _questions(town)
        _deputy(town, today)
        _reported(town)


def _questions(town: Town) -> None:
    """The school has refused one and has one that was passed on; social services have one that waits."""
    officer, principal, teacher = (town.client(who) for who in ("officer", "principal", "teacher"))
    of_the_school = _question(town, "principal")
    _sent(officer, f"{request_steps.LIST}ny/", of_the_school)
    waiting = request_steps.waiting_for(principal)
    _sent(principal, waiting, request_steps.refuse(reason="Skadar arbetet"))
    told = {"officer": "Samir Ekdal, områdespolisen, 08-465 004 30", "basis": "OTHER"}
    _sent(teacher, f"{request_steps.LIST}vidare/", _question(town, "principal") | told)
    contact = {"basis": "UL_4", "kinds": ["contact"]}
    _sent(officer, f"{request_steps.LIST}ny/", _question(town, "manager") | contact)


def _question(town: Town, decider: str) -> dict[str, Any]:
    unit = str(town.member(decider).unit_id)
    return request_steps.fields(Cast(), "school", unit=unit)


def _sent(client: Client, path: str, fields: dict[str, Any]) -> None:
    answer = client.post(path, fields)
    assert answer.status_code == 302, answer.content.decode()


def _deputy(town: Town, today: date) -> None:
    actor = actor_of(town.member("principal"))
    with work(actor):
        name_deputy(
            actor=actor,
            deputy=town.member("teacher"),
            starts_on=today,
            ends_on=today + timedelta(days=14),
            now=timezone.now(),
        )


def _reported(town: Town) -> None:
    """One question that was answered, one that waits."""
    teacher, worker = town.client("teacher"), town.client("worker")
    report_steps.receive(worker, reference="Akt 12")
    report_steps.ask(teacher, report_steps.note_made(teacher))
    question = report_steps.question_of(worker)
    given = {"answer": "withheld", "reason": "Sekretess"}
    assert report_steps.act(worker, question, "answer", **given) == 302
    report_steps.ask(teacher, report_steps.note_made(teacher))


def told_by_law(case: str, town: Town, *, hole: str) -> None:
    """The police are told of a risk of crime: waits for the manager."""
    worker, officer = town.client("worker"), town.member("officer")
    fields = share_steps.fields_to(officer, **share_steps.RISK) | {"basis": "UNGA_18A"}
    share_steps.send(worker, f"{case}dela/", fields | {"q_konkreta_note": hole})


def told_without_a_case(hole: str) -> None:
    """A principal tells the police of somebody who has no case; the birth date is what the guide asked for."""
    notes = {
        "q_behovs": "yes",
        "q_behovs_note": hole,
        "q_overvagande": "no",
        "q_overvagande_note": "Inget",
    }
    for town in TOWNS:
        fields = share_steps.fields_to(town.member("officer"), kind="school", born=BORN[town.code])
        share_steps.send(town.client("principal"), "/dela/", fields | notes | {"basis": "UL_7"})
