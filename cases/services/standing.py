"""The municipality's dated decisions on standing sharing: registered, ended, asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from access.actor import Actor
from access.models import Agency
from access.request_transaction import record
from cases.models import StandingDecision
from cases.services.sharing import NotDecided


def register_standing(
    *,
    actor: Actor,
    number: str,
    decided_on: date,
    until: date,
    to: Agency,
    kinds: Sequence[str],
    now: datetime,
) -> None:
    """The decision as it reads, a row for each kind; what is registered already stays as it is."""
    for kind in kinds:
        decision, made = StandingDecision.objects.get_or_create(
            municipality_id=actor.municipality_id,
            agency_id=actor.agency_id,
            number=number,
            to_agency=to.id,
            kind=kind,
            ended_at=None,
            defaults={
                "decided_on": decided_on,
                "until": until,
                "to_agency_name": to.name,
                "registered_by_id": actor.member,
                "registered_at": now,
            },
        )
        if made:
            record("standing.register", object_type="cases.standingdecision", object_id=decision.id)


def end_standing(*, decision: StandingDecision, now: datetime) -> None:
    """From now on nothing more is shared by itself under it; what was shared stays as it is."""
    if decision.ended_at is None:
        decision.ended_at = now
        decision.save(update_fields=["ended_at"])
        record("standing.end", object_type="cases.standingdecision", object_id=decision.id)


def require_standing(*, agency_id: UUID, kind: str, today: date) -> StandingDecision:
    """The decision that lets this go on by itself. Raises NotDecided."""
    live = StandingDecision.objects.in_force(today).filter(to_agency=agency_id, kind=kind).first()
    if live is None:
        raise NotDecided
    return live
