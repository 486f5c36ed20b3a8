"""The page "I dag": what needs me, late first; and the place where other rooms add their panels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from django.db.models import Q

from access import door
from access.actor import Actor
from reminders.barred import open_to
from reminders.inbox import NoticeRow, open_notices
from reminders.models import Deadline
from reminders.rows import TodoRow, link, long_day, todo_row
from reminders.texts import KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A part of the page that another room fills in.

    template sees `panel.context` as `panel`. place: above the list, below it or beside it. Lowest order first.
    """

    title: str
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    place: Literal["above", "below", "beside"] = "below"
    order: int = 50


PanelMaker = Callable[[Actor], Sequence[Panel]]
_makers: list[PanelMaker] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One of Försenat (late), I dag (today), Denna vecka (week), as templates/components/todo_list.html has it."""

    key: Literal["late", "today", "week"]
    rows: list[TodoRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """The next date after this week, and the way there."""

    what: str
    day: str
    number: str
    verb: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    groups: list[Group]
    ahead: Ahead | None
    notices: list[NoticeRow]
    panels: Mapping[str, list[Panel]]

    @property
    def is_empty(self) -> bool:
        return not any(group.rows for group in self.groups)


def panel(maker: PanelMaker) -> PanelMaker:
    """Registers what a room shows on "I dag"; called once, from its app's `ready`. Usable as a decorator."""
    if maker not in _makers:
        _makers.append(maker)
    return maker


def own_deadlines(actor: Actor) -> list[Deadline]:
    """The open deadlines that the actor is responsible for and may know of, earliest first."""
    return open_to(
        actor,
        door.visible(actor, Deadline).filter(
            Q(responsible_membership_id=actor.membership_id), state=Deadline.State.OPEN
        ),
    )


def _ahead(actor: Actor, deadline: Deadline) -> Ahead:
    texts = KINDS[deadline.kind]
    return Ahead(
        what=str(texts.noun),
        day=long_day(deadline.due_on),
        number=deadline.label,
        verb=str(texts.verb),
        url=link(actor, deadline.route, deadline.route_pk),
    )


def page(actor: Actor, *, today: date) -> Page:
    deadlines = own_deadlines(actor)
    week_ends = today + timedelta(days=6 - today.weekday())
    late, now, week = [], [], []
    ahead: Ahead | None = None
    for deadline in deadlines:
        if deadline.due_on < today:
            late.append(todo_row(actor, deadline, today=today))
        elif deadline.due_on == today:
            now.append(todo_row(actor, deadline, today=today))
        elif deadline.due_on <= week_ends:
            week.append(todo_row(actor, deadline, today=today))
        elif ahead is None:
            ahead = _ahead(actor, deadline)
    return Page(
        groups=[
            Group(key="late", rows=late),
            Group(key="today", rows=now),
            Group(key="week", rows=week),
        ],
        ahead=ahead,
        notices=open_notices(actor, today=today),
        panels=_panels(actor),
    )


def _panels(actor: Actor) -> dict[str, list[Panel]]:
    made = sorted((p for maker in _makers for p in maker(actor)), key=lambda p: p.order)
    return {place: [p for p in made if p.place == place] for place in ("above", "below", "beside")}
