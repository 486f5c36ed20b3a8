"""Cases that a reader of the unit's log is barred from: the event is told, never which case it was about."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from access.actor import Actor
from audit.models import AuditEvent

# (actor, numbers) → those of them that are the number of a case barred from the actor.
Barred = Callable[[Actor, Collection[str]], set[str]]
_askers: list[Barred] = []


def asked_of(ask: Barred) -> None:
    """Called once by the room that knows the bars, when its app is ready."""
    _askers.append(ask)


def without_barred_numbers(actor: Actor, events: Iterable[AuditEvent]) -> list[AuditEvent]:
    """The events, where a barred case has no number any more. They are for showing, not for saving."""
    found = list(events)
    numbers = {event.case_number for event in found if event.case_number}
    barred = {number for ask in _askers for number in ask(actor, numbers)}
    for event in found:
        if event.case_number in barred:
            event.case_number = ""
    return found
