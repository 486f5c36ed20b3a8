"""How an actor relates to the rows of `safety`: it is the municipality's joint work and holds no person."""

from __future__ import annotations

from django.db.models import Q

from access.actor import Actor
from access.protection import Protection, protect
from safety.models import (
    Activity,
    Approval,
    FocusArea,
    FollowUp,
    Intervention,
    InterventionTask,
    Pledge,
    Promise,
    Publication,
    UnplacedLine,
)

# Nothing in these rows is sealed, for they hold no person; the group still answers who may read them, and why.
PLEDGE: dict[str, tuple[str, ...]] = {"pledge": ()}
INTERVENTION: dict[str, tuple[str, ...]] = {"intervention": ()}


def _joint(actor: Actor) -> Q:
    return Q(municipality_id=actor.municipality_id)


def _pledge(actor: Actor) -> Q:
    return _joint(actor) & Q(removed_at__isnull=True)


def put_behind_the_door() -> None:
    """Called once, when the app is ready."""
    protect(Pledge, Protection(head="pledge", relations={"joint": _pledge}, sealed=PLEDGE))
    for part in (Promise, FocusArea, UnplacedLine, Approval, Publication, Activity, FollowUp):
        protect(part, Protection(head="pledge", relations={"joint": _joint}, sealed=PLEDGE))
    protect(
        Intervention,
        Protection(
            head="intervention",
            relations={"joint": _joint},
            sealed=INTERVENTION,
            case=lambda row: (None, row.number),
        ),
    )
    protect(
        InterventionTask,
        Protection(
            head="intervention",
            relations={"joint": _joint},
            sealed=INTERVENTION,
            case=lambda row: (None, row.intervention.number),
        ),
    )
