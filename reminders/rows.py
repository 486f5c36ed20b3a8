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
from reminders.models import Deadline, Notice
from reminders.texts import KINDS, NOTICES
from reminders.working_days import local_date


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


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """One message in the inbox: what, why it came, and the way to the task."""

    notice: Notice
    what: str
    why: str
    number: str
    due: str
    due_iso: str
    came_on: str
    came_iso: str
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


def notice_row(actor: Actor, notice: Notice) -> NoticeRow:
    deadline = notice.deadline
    texts = KINDS[deadline.kind]
    mine = deadline.responsible_membership_id == actor.membership_id or texts.manager_acts
    came = local_date(notice.created_at)
    return NoticeRow(
        notice=notice,
        what=str(texts.task) if mine else _("En försenad uppgift i din enhet"),
        why=str(NOTICES[notice.text]),
        number=deadline.label,
        due=long_day(deadline.due_on),
        due_iso=deadline.due_on.isoformat(),
        came_on=long_day(came),
        came_iso=came.isoformat(),
        verb=str(texts.verb) if mine else _("Se vad som är försenat"),
        url=link(actor, deadline.route, deadline.route_pk)
        if mine
        else link(actor, "late_follow_ups", None),
    )
