"""Who is not even to know of what a reminder is about: the room that knows the bars is asked, by the number that stands on it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple, TypeVar
from uuid import UUID

from access.actor import Actor
from reminders.models import Deadline, Notice

D = TypeVar("D", Deadline, Notice)


class Holder(NamedTuple):
    """Somebody who would be told; a bar may be of the membership or of the person in every membership."""

    membership: UUID
    user: UUID


# (holders, numbers) → the pairs of membership and number that are barred from each other. A constant number of questions.
Ask = Callable[[Collection[Holder], Collection[str]], set[tuple[UUID, str]]]
_rooms: list[Ask] = []
_spared: set[str] = set()


def asked_of(room: Ask, *, spares: Collection[str]) -> None:
    """Registers a room that knows bars; called once, from `ready`. spares: kinds that also reach who is barred."""
    _rooms.append(room)
    _spared.update(spares)


def barred(holders: Iterable[Holder], deadlines: Iterable[Deadline]) -> set[tuple[UUID, UUID]]:
    """The pairs (membership, deadline) where the one must not know of the other. No question for nobody or nothing."""
    these = set(holders)
    asked = [one for one in deadlines if one.label and one.kind not in _spared]
    if not these or not asked:
        return set()
    numbers = {one.label for one in asked}
    closed = {pair for ask in _rooms for pair in ask(these, numbers)}
    return {
        (membership, one.pk)
        for one in asked
        for membership, number in closed
        if number == one.label
    }


def open_to(actor: Actor, rows: Iterable[D]) -> list[D]:
    """Those of the deadlines, or of the notices, that the actor may know of."""
    found = [(row, _deadline(row)) for row in rows]
    closed = barred([Holder(actor.member, actor.user)], (deadline for _row, deadline in found))
    return [row for row, deadline in found if (actor.member, deadline.pk) not in closed]


def _deadline(row: Deadline | Notice) -> Deadline:
    return row if isinstance(row, Deadline) else row.deadline
