"""What agencies ask and tell each other beside a consent: the police's questions, reports of concern, disclosures by law."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from access.actor import actor_of
from access.request_transaction import work
from cases.services.request_deputy import name_deputy
from tests.cases import report_steps, request_steps, share_steps
from tests.cast import Cast
from tests.crawl.people import Town

# No other date of the world.
BORN = "2008-11-30"


def everything(today: date) -> None:
    """In Skara, where there is somebody in every rôle: answered and waiting, reported and asked about."""
    cast = Cast()
    request_steps.ask(cast, "school")
    principal = cast.client("rektor")
    refused = principal.post(
        request_steps.waiting_for(principal), request_steps.refuse(reason="Skadar arbetet")
    )
    assert refused.status_code == 302, refused.content.decode()
    request_steps.pass_on(cast, "larare", "school")
    _deputy(cast, today)
    _reported(cast)


def _deputy(cast: Cast, today: date) -> None:
    actor = actor_of(cast.membership("rektor"))
    with work(actor):
        name_deputy(
            actor=actor,
            deputy=cast.membership("larare"),
            starts_on=today,
            ends_on=today + timedelta(days=14),
            now=timezone.now(),
        )


def _reported(cast: Cast) -> None:
    """One question that was answered, one that waits."""
    teacher, worker = cast.client("larare"), cast.client("socialsekreterare")
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
    """The principal tells the police of somebody who has no case; the birth date is what the guide asked for."""
    cast = Cast()
    fields = share_steps.fields_to(cast.membership("polis", code="1495"), kind="school", born=BORN)
    notes = {"q_behovs": "yes", "q_behovs_note": hole, "q_overvagande": "no", "q_overvagande_note": "Inget"}  # fmt: skip
    share_steps.send(cast.client("rektor"), "/dela/", fields | notes | {"basis": "UL_7"})
