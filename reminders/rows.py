"""How deadlines and notices are shown: the words, the day in Swedish, and the way to where it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access import routes
from access.actor import Actor
from reminders.models import Deadline
from reminders.texts import KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class TodoRow:
    """The fields of templates/components/todo_row.html."""

    what: str
    case_number: str
    due: str
    due_iso: str
    note: str
    verb: str
    url: str


def crumbs() -> list[dict[str, str]]:
    """The way back to "I dag"."""
    return [{"label": _("I dag"), "url": reverse("today")}]


def long_day(day: date) -> str:
    """Like "tisdag 24 november"."""
    return date_format(day, "l j F")


def days_late(due_on: date, today: date) -> str:
    late = (today - due_on).days
    return ngettext("%(count)d dag sent", "%(count)d dagar sent", late) % {"count": late}


def link(actor: Actor, route: str, pk: object) -> str:
    """The page's address; empty if it is closed to this role, so that nobody is led to a closed door."""
    if not routes.may_enter(actor, route):
        return ""
    for arguments in ([pk], []):
        try:
            return reverse(route, args=arguments)
        except NoReverseMatch:
            continue
    return ""


def todo_row(actor: Actor, deadline: Deadline, *, today: date) -> TodoRow:
    texts = KINDS[deadline.kind]
    return TodoRow(
        what=str(texts.task),
        case_number=deadline.label,
        due=long_day(deadline.due_on),
        due_iso=deadline.due_on.isoformat(),
        note=days_late(deadline.due_on, today) if deadline.due_on < today else "",
        verb=str(texts.verb),
        url=link(actor, deadline.route, deadline.route_pk),
    )
