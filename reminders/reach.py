"""Whether the page that a task is done on is there for somebody who stands in: the room that owns it is asked.

Being somebody's substitute opens nothing. A page that nobody speaks for is there for whoever may enter it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from uuid import UUID

from access.actor import Actor
from reminders.models import Deadline

# Of the pages' ids (a deadline's `route_pk`), those that the actor may open.
Opens = Callable[[Actor, Collection[UUID]], Collection[UUID]]
_rooms: dict[str, Opens] = {}


def opens(*, route: str, room: Opens) -> None:
    """Registers who says whom the page `route` opens for; called once, from `ready`."""
    _rooms[route] = room


def within_reach(actor: Actor, deadlines: Iterable[Deadline]) -> set[UUID]:
    """The ids of those whose page the actor may open. One question for each kind of page, none for no deadlines."""
    reached: set[UUID] = set()
    asked: dict[str, dict[UUID, list[UUID]]] = {}
    for deadline in deadlines:
        if deadline.route not in _rooms or deadline.route_pk is None:
            reached.add(deadline.pk)
            continue
        pages = asked.setdefault(deadline.route, {})
        pages.setdefault(deadline.route_pk, []).append(deadline.pk)
    for route, pages in asked.items():
        for page in _rooms[route](actor, pages.keys()):
            reached.update(pages[page])
    return reached
