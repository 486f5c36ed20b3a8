"""Which dates may leave the product in somebody's calendar: those of cases about nobody whose details are protected."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from access import door
from access.actor import Actor
from cases.models import Case
from cases.models.person import Protection
from reminders.models import Deadline

CALENDAR_KINDS = (
    "follow_up_due",
    "meeting_near",
    "own_commitment",
    "commitment_due",
    "consent_expires",
    "consent_awaited",
    "consent_exception",
    "turns_eighteen",
    "case_stopped",
)


def not_protected(actor: Actor, deadlines: Sequence[Deadline]) -> Collection[UUID]:
    """The ids of those whose case exists for the actor and whose person has no protection of any kind."""
    numbers = {deadline.label for deadline in deadlines}
    cases = door.visible(actor, Case).filter(number__in=numbers, person__protection=Protection.NONE)
    open_ones = set(cases.values_list("number", flat=True))
    return [deadline.pk for deadline in deadlines if deadline.label in open_ones]
