"""What is late in a manager's unit: number, responsible colleague, days; never what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import ngettext

from access import door, routes
from access.actor import Actor
from reminders.barred import open_to
from reminders.models import Deadline
from reminders.protection import MANAGER_SEES
from reminders.today import Panel
from reminders.working_days import local_date


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    number: str
    colleague: str
    due_on: date
    days: int


def late_in_unit(actor: Actor) -> list[Late]:
    """The unit's late follow-ups, the latest first; empty for everybody but the unit's manager (policy.toml)."""
    today = local_date(timezone.now())
    rows = (
        door.visible(actor, Deadline)
        .filter(
            Q(unit_id=actor.unit_id),
            kind=MANAGER_SEES,
            state=Deadline.State.OPEN,
            due_on__lt=today,
        )
        .select_related("responsible_membership__user")
    )
    return [
        Late(
            number=row.label,
            colleague=row.responsible_membership.user.name,
            due_on=row.due_on,
            days=(today - row.due_on).days,
        )
        for row in open_to(actor, rows)
    ]


def late_panel(actor: Actor) -> list[Panel]:
    """How many are late, on the manager's own first page."""
    if not routes.may_enter(actor, "late_follow_ups"):
        return []
    late = len(late_in_unit(actor))
    if not late:
        return []
    return [
        Panel(
            title=ngettext(
                "En uppföljning är försenad i din enhet",
                "%(count)d uppföljningar är försenade i din enhet",
                late,
            )
            % {"count": late},
            template="reminders/late_panel.html",
            place="above",
        )
    ]
