"""The manager's report: what each colleague of the own unit did in the last days, as counts; no case, no child."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.db.models.functions import ExtractIsoWeekDay, TruncTime
from django.utils import timezone
from django.utils.translation import ngettext

from access.actor import Actor
from access.log_review import odd
from access.log_review.events import log
from access.log_review.sentences import SYSTEM
from access.models import Membership

DAYS = 30
READS = ("read", "list", "search", "log.read", "log.search", "log.export")
NEITHER = ("membership.switch", "session.end_all", "enter", "request", "log.verify")


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """`membership_id` leads to the colleague's own page; one who has done nothing has zeros."""

    membership_id: UUID
    name: str
    role: str
    reads: int = 0
    changes: int = 0
    denied: int = 0
    out_of_hours: int = 0


def of_unit(actor: Actor, *, now: datetime) -> list[Colleague]:
    """Every colleague of the unit in force, and whoever else acted in it, most reads first."""
    counts = {row.pop("actor_membership_id"): row for row in _counts(actor, now)}
    today = timezone.localdate(now)
    held = Membership.objects.filter(agency_id=actor.agency_id).select_related("user")
    here = held.filter(Q(unit_id=actor.unit_id) & _in_force(today) | Q(id__in=list(counts)))
    found = [
        Colleague(
            membership_id=membership.id,
            name=membership.user.name,
            role=membership.get_role_display(),
            **counts.get(membership.id, {}),
        )
        for membership in here
    ]
    return sorted(found, key=lambda one: (-one.reads, one.name))


def _in_force(today: date) -> Q:
    return Q(starts_on__lte=today, ends_on__gte=today)


def _counts(actor: Actor, now: datetime) -> list[dict[str, Any]]:
    start, end, off = odd.working_hours()
    zone = timezone.get_default_timezone()
    done = Q(outcome="done")
    rows: Any = (
        log(actor)
        .filter(occurred_at__gte=now - timedelta(days=DAYS), actor_membership_id__isnull=False)
        .exclude(actor_role=SYSTEM)
        .annotate(
            local_time=TruncTime("occurred_at", tzinfo=zone),
            weekday=ExtractIsoWeekDay("occurred_at", tzinfo=zone),
        )
        .order_by()
        .values("actor_membership_id")
        .annotate(
            reads=Count("id", filter=done & Q(action__in=READS)),
            changes=Count("id", filter=done & ~Q(action__in=(*READS, *NEITHER))),
            denied=Count("id", filter=Q(outcome__in=("denied", "missing"))),
            out_of_hours=Count(
                "id",
                filter=Q(local_time__lt=start) | Q(local_time__gte=end) | Q(weekday__in=off),
            ),
        )
    )
    return list(rows)


def bars(colleagues: list[Colleague]) -> list[Mapping[str, Any]]:
    """The reads as templates/components/bar_chart.html draws them; the rest in words beside each."""
    longest = max((one.reads for one in colleagues), default=0)
    return [
        {
            "label": one.name,
            "value": str(one.reads),
            "percent": round(100 * one.reads / longest) if longest else 0,
            "note": _aside(one),
        }
        for one in colleagues
    ]


def _aside(one: Colleague) -> str:
    parts = []
    if one.denied:
        parts.append(
            ngettext("%(n)d nekat försök", "%(n)d nekade försök", one.denied) % {"n": one.denied}
        )
    if one.out_of_hours:
        outside = ngettext(
            "%(n)d händelse utanför arbetstid",
            "%(n)d händelser utanför arbetstid",
            one.out_of_hours,
        )
        parts.append(outside % {"n": one.out_of_hours})
    return ", ".join(parts)
