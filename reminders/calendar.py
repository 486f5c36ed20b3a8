"""The dates of one person as a calendar program reads them (RFC 5545): what kind, which day, and an address that tells nothing.

A date is in it only if somebody vouches that it is about nobody whose details are protected: what no room speaks for
stays out. Whole days have no clock and no zone, so neither night when the clock is changed can move them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import override

from access import door
from access.actor import Actor
from reminders.models import Deadline
from reminders.texts import COUNTED, EVENT_WORDS

# Those it is asked of → the ids of those that may be seen outside the product.
Voucher = Callable[[Actor, Sequence[Deadline]], Collection[UUID]]
_vouchers: dict[str, Voucher] = {}


def vouch(*, kinds: Collection[str], voucher: Voucher) -> None:
    """Registers who says which dates of these kinds may be in a calendar; called once, from `ready`."""
    _vouchers.update(dict.fromkeys(kinds, voucher))


def about_nobody(_actor: Actor, deadlines: Sequence[Deadline]) -> Collection[UUID]:
    """For kinds that are about no person at all."""
    return [deadline.pk for deadline in deadlines]


def dates_of(actor: Actor) -> list[Deadline]:
    """The actor's own open dates that may be seen outside the product, earliest first."""
    own = list(
        door.visible(actor, Deadline).filter(
            Q(responsible_membership_id=actor.membership_id), state=Deadline.State.OPEN
        )
    )
    asked: dict[Voucher, list[Deadline]] = {}
    for deadline in own:
        voucher = _vouchers.get(deadline.kind)
        if voucher is not None:
            asked.setdefault(voucher, []).append(deadline)
    vouched = {pk for voucher, rows in asked.items() for pk in voucher(actor, rows)}
    return [deadline for deadline in own if deadline.pk in vouched]


def as_icalendar(deadlines: Sequence[Deadline]) -> bytes:
    """UTF-8 with CRLF, lines folded at 75 octets. UID and address hold the deadline's random id and nothing else."""
    # Here, not above: every process of the product reads this module at its start, and hardly one makes a calendar.
    from icalendar import Calendar, Event

    host = urlsplit(settings.BASE_URL).hostname
    calendar = Calendar()
    calendar.add("PRODID", "-//SSPF//Datum utan namn//SV")
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", "PUBLISH")
    for deadline in deadlines:
        event = Event()
        event.add("UID", f"{deadline.pk}@{host}")
        event.add("DTSTAMP", deadline.created_at)
        event.add("SEQUENCE", deadline.version - 1)
        event.add("DTSTART", deadline.due_on)
        event.add("DTEND", deadline.due_on + timedelta(days=1))
        with override("sv"):
            event.add("SUMMARY", str(EVENT_WORDS[COUNTED[deadline.kind]]))
        event.add("URL", settings.BASE_URL + reverse("deadline_open", args=[deadline.pk]))
        event.add("CLASS", "PRIVATE")
        event.add("TRANSP", "TRANSPARENT")
        calendar.add_component(event)
    ical: bytes = calendar.to_ical()
    return ical
