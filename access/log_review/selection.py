"""What part of the log is shown or taken out: one number, one colleague, or one day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from access import door
from access.actor import Actor
from access.log_review.events import same_number
from access.log_review.forms import ColleagueForm, DayForm, NumberForm
from access.log_review.protection import LOG
from access.models import Membership
from access.request_transaction import record
from audit.models import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """`key` is opaque (an id or a day): it stands in the page's address."""

    kind: str
    key: str
    title: str
    where: Q
    object_type: str = ""
    object_id: UUID | None = None
    case: tuple[UUID | None, str] = (None, "")

    def note(self, action: str, *, purpose: str = "") -> None:
        """Reading the log is an event of its own, under the case or the colleague it was about."""
        record(
            action,
            object_type=self.object_type or "audit.auditevent",
            object_id=self.object_id,
            case=self.case,
            purpose=purpose,
        )


def by_number(actor: Actor, pk: str) -> Selection:
    """Everything under the same number as one event, which stands for the number in the address."""
    event: Any = door.open_one(actor, LOG, _uuid(pk))
    return _of_event(event)


def _of_event(event: AuditEvent) -> Selection:
    if not event.case_number and event.case_id is None:
        raise door.NotHere
    return Selection(
        kind="number",
        key=str(event.id),
        title=_("Nummer %(number)s") % {"number": event.case_number},
        where=same_number(event),
        case=(event.case_id, event.case_number),
    )


def by_colleague(actor: Actor, pk: str) -> Selection:
    """Everything that one colleague of the own agency did, in whichever of their roles here."""
    membership = colleagues(actor).filter(pk=_uuid(pk)).first()
    if membership is None:
        door.refuse(Membership, _uuid(pk), outcome="missing", action="read")
        raise door.NotHere
    return Selection(
        kind="colleague",
        key=str(membership.id),
        title=membership.user.name,
        where=Q(actor_user_id=membership.user_id),
        object_type="access.membership",
        object_id=membership.id,
    )


def by_day(_actor: Actor, day: str) -> Selection:
    """Everything in the agency on one day, by the wall clock."""
    try:
        found = parse_date(day)
    except ValueError:
        found = None
    if found is None or found.isoformat() != day:
        raise door.NotHere
    start = timezone.make_aware(datetime.combine(found, time()))
    end = timezone.make_aware(datetime.combine(found + timedelta(days=1), time()))
    return Selection(
        kind="day",
        key=day,
        title=_capital(date_format(found, "l j F Y")),
        where=Q(occurred_at__gte=start, occurred_at__lt=end),
    )


KINDS: Mapping[str, Callable[[Actor, str], Selection]] = {
    "number": by_number,
    "colleague": by_colleague,
    "day": by_day,
}


def colleagues(actor: Actor) -> QuerySet[Membership]:
    """The memberships of the own agency, also ended ones: what they did is still in the log."""
    here = Membership.objects.filter(
        municipality_id=actor.municipality_id, agency_id=actor.agency_id
    )
    return here.select_related("user", "unit").order_by("user__name", "starts_on")


def find_forms(actor: Actor, **bound: Any) -> dict[str, Any]:
    """The three ways to look something up; the ones in `bound` hold what was sent."""
    forms = {
        "number_form": NumberForm(auto_id="number_%s"),
        "colleague_form": ColleagueForm(auto_id="colleague_%s", colleagues=colleagues(actor)),
        "day_form": DayForm(auto_id="day_%s"),
    }
    return forms | bound


def crumbs(route: str = "log_review", label: str = "") -> list[dict[str, str]]:
    """The way back to the start of the log review."""
    return [{"label": label or _("Loggkontroll"), "url": reverse(route)}]


def neighbours(day: str, today: date) -> dict[str, str]:
    """The day before, and the day after where it has come."""
    here = date.fromisoformat(day)
    found = {"before": (here - timedelta(days=1)).isoformat()}
    if here < today:
        found["after"] = (here + timedelta(days=1)).isoformat()
    return found


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise door.NotHere from None


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
