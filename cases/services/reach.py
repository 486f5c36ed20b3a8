"""Which of the pages that reminders lead to are there for somebody who stands in: those whose row the door would open."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from uuid import UUID

from access import door
from access.actor import Actor
from access.models import PartitionModel
from cases.models import (
    BreakGlass,
    Case,
    Commitment,
    Concern,
    Consent,
    FeedbackRequest,
    FollowUp,
    Meeting,
    PoliceRequest,
    ReceivedReport,
    ReceiverConflict,
    Summary,
)
from reminders import reach

PAGES: Mapping[str, type[PartitionModel]] = {
    "break_glass_review": BreakGlass,
    "case_detail": Case,
    "commitment_detail": Commitment,
    "concern_triage": Concern,
    "consent_detail": Consent,
    "consent_exception": Consent,
    "feedback_request": FeedbackRequest,
    "follow_up": FollowUp,
    "meeting_detail": Meeting,
    "police_request": PoliceRequest,
    "received_report": ReceivedReport,
    "receiver_conflict": ReceiverConflict,
    "summary_detail": Summary,
}


def offer() -> None:
    """Called once, when the app is ready."""
    for route, model in PAGES.items():
        reach.opens(route=route, room=partial(_open, model))


def _open(model: type[PartitionModel], actor: Actor, pages: Collection[UUID]) -> list[UUID]:
    return list(door.visible(actor, model).filter(pk__in=pages).values_list("pk", flat=True))
