"""A question from the police: dropped into the box of whoever may decide on it, or written down by whoever was asked.

Nobody is looked up here or there: what the officer gets back is the same whoever it is about.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from django.utils import timezone

from access.actor import Actor
from access.models import Agency, Membership, Unit
from access.request_transaction import record
from cases.models import PoliceRequest, RequestReceipt
from cases.rules.law import NoRule
from cases.rules.legal_basis import Subject, Verdict, verdict_for
from cases.rules.numbers import draw_number
from cases.rules.request_routing import Route, route_of
from cases.services.case_seal import uid_of
from cases.services.once import hold_row
from cases.services.request_deputy import decider_of
from cases.services.sharing import party_of
from crypto.keys import Scope, new_data_key
from crypto.seal import seal
from reminders.services import set_deadline

OTHER = "OTHER"
TEXTS = ("about", "wanted", "purpose", "officer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: of which unit, which kinds of information, on which basis, by when. The texts are sealed."""

    unit: Unit
    basis: str
    kinds: tuple[str, ...]
    answer_by: date
    about: str
    wanted: str
    purpose: str
    officer: str

    def __repr__(self) -> str:
        return "Question(‹förseglat›)"


class Exempt(Exception):
    """There is no such duty there; `route` says why, and what there is instead."""

    def __init__(self, route: Route) -> None:
        super().__init__(route.basis)
        self.route = route


class NotThatKind(Exception):
    """The basis does not cover that kind of information; `verdict` says why not."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.code)
        self.verdict = verdict


class NobodyDecides(Exception):
    """Nobody at work there may decide on it."""


def send(*, actor: Actor, question: Question, row_id: UUID, now: datetime) -> RequestReceipt:
    """From an officer, into the asked agency's box. Raises Exempt, NotThatKind, NobodyDecides, NoRule.

    row_id: from cases.services.once; the same one twice gives the receipt of the first time.
    """
    hold_row(row_id)
    made = RequestReceipt.objects.filter(pk=row_id).first()
    if made is not None:
        return made
    return _deliver(actor, question, row_id, by_phone=False, now=now)


def pass_on(*, actor: Actor, question: Question, row_id: UUID, now: datetime) -> RequestReceipt:
    """Written down by whoever was asked, for whoever decides in the same agency. Raises as `send`."""
    if question.unit.agency_id != actor.agency_id:
        raise NobodyDecides
    hold_row(row_id)
    made = RequestReceipt.objects.filter(pk=row_id).first()
    if made is not None:
        return made
    return _deliver(actor, question, row_id, by_phone=True, now=now)


def route_to(unit: Unit, basis: str, on: date) -> Route:
    """Raises NoRule."""
    agency = unit.agency
    return route_of(basis, kind=agency.kind, regime=agency.secrecy_regime, on=on)


def decider_for(question: Question, on: date) -> tuple[Route, Membership]:
    """How it is routed, and to whom. Raises Exempt, NotThatKind, NobodyDecides, NoRule."""
    route = route_to(question.unit, question.basis, on)
    if route.exempt:
        raise Exempt(route)
    decider = decider_of(question.unit, route, on)
    if decider is None:
        raise NobodyDecides
    _must_cover(question, decider, on)
    return route, decider


def _must_cover(question: Question, decider: Membership, on: date) -> None:
    if question.basis == OTHER:
        return
    police = Agency.objects.filter(kind="police", municipality_id=decider.municipality_id).first()
    if police is None:
        raise NoRule("no police in the municipality")
    verdict = verdict_for(
        question.basis,
        party_of(decider.agency, decider.role),
        party_of(police),
        Subject(),
        kinds=frozenset(question.kinds),
        on=on,
    )
    if not verdict.possible:
        raise NotThatKind(verdict)


def _deliver(
    actor: Actor, question: Question, row_id: UUID, *, by_phone: bool, now: datetime
) -> RequestReceipt:
    today = timezone.localdate(now)
    route, decider = decider_for(question, today)
    number, request_id = draw_number("F", today), uuid4()
    receipt = RequestReceipt.objects.create(
        id=row_id,
        municipality_id=actor.municipality_id,
        agency_id=actor.agency_id,
        membership_id=actor.member,
        number=number,
        sent_at=now,
        by_phone=by_phone,
        to_agency_name=decider.agency.name,
        to_unit_name=question.unit.name,
        basis=question.basis,
        basis_version=route.valid_from,
        kinds=",".join(question.kinds),
        answer_by=question.answer_by,
    )
    there = {"municipality_id": decider.municipality_id, "agency_id": decider.agency_id}
    key = new_data_key(**there, scope=Scope.CONCERN, scope_id=request_id)
    texts = {name: getattr(question, name) for name in TEXTS} | {"reason": ""}
    asker = {} if by_phone else _asker(actor, receipt)
    PoliceRequest.objects.create(
        id=request_id,
        **there,
        unit_id=decider.unit_id,
        asked_unit_name=question.unit.name,
        decider_role=decider.role,
        number=number,
        received_at=now,
        noted_by_id=actor.member if by_phone else None,
        basis=question.basis,
        basis_version=route.valid_from,
        kinds=receipt.kinds,
        answer_by=question.answer_by,
        **asker,
        **{
            name: seal(text, key=key, field=uid_of(PoliceRequest, name), row_id=request_id)
            for name, text in texts.items()
        },
    )
    set_deadline(
        place=(decider.municipality_id, decider.agency_id),
        kind="police_request",
        subject_id=request_id,
        label=number,
        route="police_request",
        responsible=decider.id,
        due_on=question.answer_by,
    )
    record(
        "request.note" if by_phone else "request.send",
        object_type="cases.requestreceipt",
        object_id=receipt.id,
        basis=question.basis,
    )
    return receipt


def _asker(actor: Actor, receipt: RequestReceipt) -> dict[str, UUID]:
    return {
        "from_agency": actor.agency_id,
        "from_unit": actor.unit,
        "officer_membership": actor.member,
        "receipt": receipt.id,
    }
