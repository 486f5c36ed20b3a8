"""The log as its readers see it: rows through the door, with what the odd rules need gathered in the same query."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, cast
from uuid import UUID

from django.db.models import (
    BooleanField,
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from access import door
from access.actor import Actor
from access.log_review import odd, sentences
from access.log_review.protection import HIDDEN_HIT, LOG
from access.policy import Action
from audit.models import AuditEvent

# So long, and so many, stand first on the reviewer's page; all of them are in the log.
HIDDEN_HITS_FOR, MOST_HIDDEN_HITS = timedelta(days=62), 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One event as it is shown."""

    id: UUID
    at: datetime
    sentence: str
    short: str
    details: str
    reasons: tuple[str, ...]
    case_number: str
    actor_membership_id: UUID | None
    event: AuditEvent

    @property
    def odd(self) -> str:
        """The reasons in one line, or nothing."""
        if not self.reasons:
            return ""
        return _("Udda: %(why)s") % {"why": ", ".join(self.reasons)}


def log(actor: Actor, *, action: Action = Action.LIST) -> QuerySet[AuditEvent]:
    """The events that this actor may see: the agency's for its log reviewer, the unit's for its manager."""
    return cast("QuerySet[AuditEvent]", door.visible(actor, LOG, action=action))


def hidden_hits(actor: Actor, *, now: datetime) -> list[Line]:
    """The searches of late that would have hit somebody protected, or with whom there is a conflict of interest."""
    rows = log(actor).filter(HIDDEN_HIT, occurred_at__gte=now - HIDDEN_HITS_FOR)
    return [line(event) for event in newest_first(rows, now=now)[:MOST_HIDDEN_HITS]]


def newest_first(rows: QuerySet[AuditEvent], *, now: datetime) -> QuerySet[AuditEvent]:
    """Ordered, and marked with what the odd rules ask of an event's surroundings."""
    many, close = odd.rule("many_cases"), odd.rule("after_close")
    search = odd.rule("unopened_search")
    same_person = AuditEvent.objects.filter(
        actor_membership_id=OuterRef("actor_membership_id"), case_id__isnull=False
    )
    lately = (
        same_person.filter(
            occurred_at__gt=_shifted(-timedelta(minutes=many["minutes"])),
            occurred_at__lte=OuterRef("occurred_at"),
        )
        .exclude(purpose__in=many["but_not_purposes"])
        .order_by()
        .values("actor_membership_id")
        .annotate(cases=Count("case_id", distinct=True))
        .values("cases")
    )
    patience = timedelta(minutes=search["minutes"])
    opened = same_person.filter(
        occurred_at__gte=OuterRef("occurred_at"), occurred_at__lte=_shifted(patience)
    )
    closed = AuditEvent.objects.filter(
        case_id=OuterRef("case_id"),
        action__in=close["closing"],
        occurred_at__lt=_shifted(-timedelta(minutes=close["minutes"])),
    )
    searched = Q(action__in=search["searches"], occurred_at__lt=now - patience)
    return rows.annotate(
        cases_lately=Coalesce(Subquery(lately, output_field=IntegerField()), 0),
        after_close=ExpressionWrapper(
            Q(action="read", case_id__isnull=False) & Exists(closed), output_field=BooleanField()
        ),
        unopened_search=ExpressionWrapper(searched & ~Exists(opened), output_field=BooleanField()),
    ).order_by("-occurred_at", "-id")


def line(event: AuditEvent) -> Line:
    """An event of `newest_first` in words."""
    facts: Any = event  # carries the annotations
    why = odd.reasons(
        odd.Facts(
            at=timezone.localtime(event.occurred_at),
            by_system=event.actor_role == sentences.SYSTEM,
            action=event.action,
            outcome=event.outcome,
            purpose=event.purpose,
            cases_lately=facts.cases_lately,
            after_close=facts.after_close,
            unopened_search=facts.unopened_search,
        )
    )
    return Line(
        id=event.id,
        at=event.occurred_at,
        sentence=sentences.sentence(event),
        short=sentences.short_sentence(event),
        details=sentences.details(event),
        reasons=tuple(_(reason) for reason in why),
        case_number=event.case_number,
        actor_membership_id=event.actor_membership_id,
        event=event,
    )


def days(lines: Iterable[Line], *, numbers_url: Any = None) -> list[dict[str, Any]]:
    """The lines by day, as templates/components/timeline.html takes them."""
    found = []
    for day, of_day in groupby(lines, key=lambda one: timezone.localdate(one.at)):
        entries = [_entry(one, numbers_url) for one in of_day]
        found.append(
            {"heading": date_format(day, "l j F Y"), "iso": day.isoformat(), "entries": entries}
        )
    return found


def _entry(one: Line, numbers_url: Any) -> dict[str, Any]:
    entry = {
        "time": date_format(timezone.localtime(one.at), "H.i"),
        "title": one.short,
        "text": one.details,
        "tag": one.odd,
        "tone": "wait",
    }
    if numbers_url and one.case_number:
        entry["url"] = numbers_url(one)
        entry["url_label"] = _("Allt om %(number)s") % {"number": one.case_number}
    return entry


def _shifted(by: timedelta) -> ExpressionWrapper[Any]:
    return ExpressionWrapper(OuterRef("occurred_at") + Value(by), output_field=DateTimeField())


def same_number(event: AuditEvent) -> Q:
    """Every event under the same case, or the same number where there is no case."""
    under = Q(case_number=event.case_number)
    return under | Q(case_id=event.case_id) if event.case_id else under
