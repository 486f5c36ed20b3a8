"""Who is away now or soon, until when, and who stands in; never why. One's own, and the unit's for whoever leads work there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from access import door, routes
from access.actor import Actor
from reminders.models import Absence
from reminders.rows import long_day
from reminders.today import Panel
from reminders.working_days import local_date

SOON = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """stands_in: empty where nobody is named. `now`: away today, not only later."""

    pk: UUID
    name: str
    mine: bool
    first: str
    last: str
    now: bool
    stands_in: str


def away(actor: Actor, *, today: date, until: date | None = None) -> list[Away]:
    """Those that the actor may know of (policy.toml), from today on, or those that begin by `until`; the earliest first."""
    rows = door.visible(actor, Absence).filter(ended_at=None, to_day__gte=today)
    if until is not None:
        rows = rows.filter(from_day__lte=until)
    return [
        Away(
            pk=row.pk,
            name=row.membership.user.name,
            mine=row.membership_id == actor.membership_id,
            first=long_day(row.from_day),
            last=long_day(row.to_day),
            now=row.from_day <= today,
            stands_in=row.substitute.user.name if row.substitute else "",
        )
        for row in rows.select_related("membership__user", "substitute__user")
    ]


def away_panel(actor: Actor) -> list[Panel]:
    """Beside "I dag": who is away, so that nobody waits for an answer from somebody who is not there."""
    today = local_date(timezone.now())
    rows = away(actor, today=today, until=today + SOON)
    if not rows:
        return []
    leads = routes.may_enter(actor, "away_list")
    return [
        Panel(
            title=_("Borta"),
            template="reminders/away_panel.html",
            context={"rows": rows, "leads": leads},
            place="beside",
            order=80,
        )
    ]
