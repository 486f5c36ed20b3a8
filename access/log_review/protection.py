"""How the log and its review stand behind the door."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.db.models import Q

from access.actor import Actor
from access.models import LogReview, LogReviewItem, PartitionModel
from access.protection import Protection, protect
from audit.models import AuditEvent

# The log is no `PartitionModel`: it has no foreign key to anything, but the same two columns and the
# same row-level security.
LOG = cast(type[PartitionModel], AuditEvent)


# A search that would have hit somebody barred from the one who searched: to them it was a miss.
HIDDEN_HIT = Q(action="search", outcome="denied")


def _own_agency(actor: Actor) -> Q:
    return Q(municipality_id=actor.municipality_id, agency_id=actor.agency_id)


def _reviewed(actor: Actor) -> Q:
    """All but what would tell the reviewer, who may have another role too, of a person hidden from them."""
    return _own_agency(actor) & ~(HIDDEN_HIT & Q(actor_user_id=actor.user))


def _own_unit(actor: Actor) -> Q:
    """A manager can be barred like anybody else, so the unit's log holds no hidden hit at all."""
    return _own_agency(actor) & Q(unit_id=actor.unit_id) & ~HIDDEN_HIT


def _number(event: AuditEvent) -> tuple[UUID | None, str]:
    return event.case_id, event.case_number


def put_behind_the_door() -> None:
    """Called once, when the app is ready."""
    protect(
        AuditEvent,
        Protection(
            head="log",
            relations={"reviewer": _reviewed, "unit_manager": _own_unit},
            case=_number,
        ),
    )
    protect(LogReview, Protection(head="log_review", relations={"reviewer": _own_agency}))
    protect(
        LogReviewItem,
        Protection(
            head="log_review",
            relations={"reviewer": _own_agency},
            sealed={"log_review": ("note",)},
        ),
    )
