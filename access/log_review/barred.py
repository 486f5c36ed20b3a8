"""Which case an event was about: found where the event does not say it, and untold to a reader who is barred from it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from uuid import UUID

from access.actor import Actor
from audit.models import AuditEvent

# (actor, numbers) → those of them that are the number of a case barred from the actor.
Barred = Callable[[Actor, Collection[str]], set[str]]
_askers: list[Barred] = []
# (actor, ids of rows) → the numbers of the cases each is in, but for those barred from the actor.
Numbers = Callable[[Actor, Collection[UUID]], Mapping[UUID, list[str]]]
_numbers: dict[str, Numbers] = {}


def asked_of(ask: Barred) -> None:
    """Called once by the room that knows the bars, when its app is ready."""
    _askers.append(ask)


def numbered_by(object_type: str, numbers: Numbers) -> None:
    """Called once by the room that knows which cases such rows are in, when its app is ready."""
    _numbers[object_type] = numbers


def with_numbers(actor: Actor, events: Iterable[AuditEvent]) -> list[AuditEvent]:
    """The events, where a row that was read outside a case has its cases' numbers. For showing, not for saving.

    Only what was read: a search that hit somebody barred names no case (HIDDEN_HIT).
    """
    found = list(events)
    for object_type, numbers in _numbers.items():
        unnumbered = [
            event
            for event in found
            if event.object_type == object_type and event.action == "read" and not event.case_number
        ]
        known = numbers(actor, {event.object_id for event in unnumbered if event.object_id})
        for event in unnumbered:
            if event.object_id and event.object_id in known:
                event.case_number = ", ".join(known[event.object_id])
    return found


def without_barred_numbers(actor: Actor, events: Iterable[AuditEvent]) -> list[AuditEvent]:
    """The events, where a barred case has no number any more. They are for showing, not for saving."""
    found = list(events)
    numbers = {event.case_number for event in found if event.case_number}
    barred = {number for ask in _askers for number in ask(actor, numbers)}
    for event in found:
        if event.case_number in barred:
            event.case_number = ""
    return found
