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


def _own_agency(actor: Actor) -> Q:
    return Q(municipality_id=actor.municipality_id, agency_id=actor.agency_id)


def _own_unit(actor: Actor) -> Q:
    return _own_agency(actor) & Q(unit_id=actor.unit_id)


def _number(event: AuditEvent) -> tuple[UUID | None, str]:
    return event.case_id, event.case_number


def put_behind_the_door() -> None:
    """Called once, when the app is ready."""
    protect(
        AuditEvent,
        Protection(
            head="log",
            relations={"reviewer": _own_agency, "unit_manager": _own_unit},
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
