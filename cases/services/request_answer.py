"""Answering a question from the police: released in whole or in part through the one crossing, or not, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid4

from django.utils import timezone

from access import door
from access.actor import Actor
from access.models import Membership, Unit
from access.policy import Action
from access.request_transaction import record
from cases.models import Channel, PoliceRequest, RequestAnswer, RequestState
from cases.rules.request_routing import route_of
from cases.services.case_seal import uid_of
from cases.services.police_request import OTHER
from cases.services.protection import without_conflict
from cases.services.refusals import ChangedMeanwhile
from cases.services.sharing import Answer, NotReadable
from cases.services.summary import Proposal, SummaryText, propose_all
from crypto.keys import Scope, data_key, new_data_key
from crypto.seal import seal
from reminders.services import finish

KIND = "police_request"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What is told: for each kind of information its text. answers: to the questions of the basis."""

    about: str
    texts: Mapping[str, str]
    until: date
    answers: Mapping[str, Answer] = field(default_factory=dict)
    reason: str = ""
    address_stays: bool = False

    def __repr__(self) -> str:
        return "Release(‹förseglat›)"


class NotAskedFor(Exception):
    """A kind of information that nobody asked for."""


class NothingTold(Exception):
    """No text for any kind: that is to refuse."""


class NotThisWay(Exception):
    """Asked on no duty, or by telephone by somebody who is not here: it goes through the guide, or by mouth."""


class OfficerGone(Exception):
    """Who asked no longer has that role."""


def release(
    *,
    actor: Actor,
    request: PoliceRequest,
    told: Release,
    seen_version: int,
    now: datetime,
) -> None:
    """Each kind becomes a release of its own to the officer who asked. In part: `told.reason` says why not the rest.

    Raises ChangedMeanwhile, NotAskedFor, NothingTold, NotThisWay, OfficerGone, and what `propose_all` raises.
    """
    door.demand(actor, request, KIND, Action.DECIDE)
    _hold(request, seen_version)
    asked, given = set(request.kinds.split(",")), {k for k, text in told.texts.items() if text}
    if not given:
        raise NothingTold
    if not given <= asked:
        raise NotAskedFor
    if request.basis == OTHER or request.officer_membership is None:
        raise NotThisWay
    officer = (
        Membership.objects.in_force(timezone.localdate(now))
        .filter(pk=request.officer_membership)
        .first()
    )
    if officer is None:
        raise OfficerGone
    if not without_conflict(request.person, [officer]):
        raise NotReadable
    unit = Unit.objects.select_related("agency").get(pk=officer.unit_id)
    propose_all(
        actor=actor,
        case=None,
        proposals=[
            Proposal(
                unit=unit,
                readers=[officer],
                kind=kind,
                basis=request.basis,
                text=SummaryText(about=told.about, body=told.texts[kind]),
                until=told.until,
                answers=told.answers,
                full_name=True,
                channel=Channel.IN_SYSTEM,
                address_stays=told.address_stays,
            )
            for kind in sorted(given)
        ],
        # A deputy decides in the place, and so in the role, of whom they stand in for.
        as_role=request.decider_role,
        now=now,
    )
    outcome = RequestState.RELEASED if given == asked else RequestState.PARTLY
    _close(actor, request, outcome, told.reason, now)


def refuse(
    *, actor: Actor, request: PoliceRequest, reason: str, seen_version: int, now: datetime
) -> None:
    """Not released, with the reason; the answer names the lawful way to go on. Raises ChangedMeanwhile."""
    door.demand(actor, request, KIND, Action.DECIDE)
    _hold(request, seen_version)
    _close(actor, request, RequestState.REFUSED, reason, now)


def nothing_to_release(
    *, actor: Actor, request: PoliceRequest, seen_version: int, now: datetime
) -> None:
    """Says the same whether nothing is known, or what is known may not even be hinted at. Raises ChangedMeanwhile."""
    door.demand(actor, request, KIND, Action.DECIDE)
    _hold(request, seen_version)
    _close(actor, request, RequestState.NOTHING, "", now)


def told_elsewhere(
    *, actor: Actor, request: PoliceRequest, reason: str, seen_version: int, now: datetime
) -> None:
    """Answered by mouth, or through the guide, where the register says what was told. Raises ChangedMeanwhile."""
    door.demand(actor, request, KIND, Action.DECIDE)
    _hold(request, seen_version)
    _close(actor, request, RequestState.RELEASED, reason, now)


def _hold(request: PoliceRequest, seen_version: int) -> None:
    locked = PoliceRequest.objects.select_for_update().get(pk=request.pk)
    if {locked.version, request.version} != {seen_version} or locked.state != RequestState.WAITING:
        raise ChangedMeanwhile


def _close(
    actor: Actor, request: PoliceRequest, outcome: RequestState, reason: str, now: datetime
) -> None:
    here = {"municipality_id": request.municipality_id, "agency_id": request.agency_id}
    key = data_key(**here, scope=Scope.CONCERN, scope_id=request.id)
    request.reason = seal(reason, key=key, field=uid_of(PoliceRequest, "reason"), row_id=request.id)
    request.state = outcome
    request.decided_at, request.decided_by_id = now, actor.member
    request.version += 1
    request.save(update_fields=["reason", "state", "decided_at", "decided_by", "version"])
    if request.receipt is not None and request.from_agency is not None:
        _tell(actor, request, receipt=request.receipt, there=request.from_agency, reason=reason)
    finish(kind=KIND, subject_id=request.id)
    record(
        "request.release"
        if outcome in {RequestState.RELEASED, RequestState.PARTLY}
        else "request.refuse",
        object_type="cases.policerequest",
        object_id=request.id,
        basis=request.basis,
    )


def _tell(actor: Actor, request: PoliceRequest, *, receipt: UUID, there: UUID, reason: str) -> None:
    place = {"municipality_id": request.municipality_id, "agency_id": there}
    answer_id = uuid4()
    key = new_data_key(**place, scope=Scope.CONCERN, scope_id=answer_id)
    lines = [reason, way_on(request)]
    RequestAnswer.objects.create(
        id=answer_id,
        **place,
        receipt_id=receipt,
        outcome=request.state,
        reason=seal(
            "\n\n".join(line for line in lines if line),
            key=key,
            field=uid_of(RequestAnswer, "reason"),
            row_id=answer_id,
        ),
        answered_at=timezone.now(),
        answered_by_name=actor.name,
    )


def way_on(request: PoliceRequest) -> str:
    """How the police may go on where not everything was released: from the routing of the day it was asked."""
    if request.state == RequestState.RELEASED:
        return ""
    unit = Unit.objects.select_related("agency").get(pk=request.unit_id)
    route = route_of(
        request.basis,
        kind=unit.agency.kind,
        regime=unit.agency.secrecy_regime,
        on=timezone.localdate(request.received_at),
    )
    return route.way_on
