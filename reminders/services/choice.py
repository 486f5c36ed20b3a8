"""Choosing how one is told, and the secret address of one's calendar. Always about the one who acts."""

from __future__ import annotations

import secrets
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.core.cache import cache
from django.db import connection

from access import door
from access.actor import Actor
from access.models import Membership
from access.policy import Action
from access.request_transaction import record
from reminders.choice_rules import Allowed, Chosen, unchosen, within
from reminders.models import CalendarFeed, Choice

# 256 bits: the address is as good as a key, and is treated as one.
SECRET_BYTES = 32


# A calendar program asks once or a few times an hour.
FETCHES_AN_HOUR = 30


class TooOften(Exception):
    """The address is asked for more often than a calendar program has reason to."""


class ChangedMeanwhile(Exception):
    """Another choice was made after the page was opened: in another window, or on another machine."""


class NotAllowed(ValueError):
    """The municipality's table does not allow what was chosen."""


def chosen_of(actor: Actor, row: Allowed) -> Chosen:
    """What holds for the actor while `row` does."""
    made = door.visible(actor, Choice).first()
    if made is None:
        return unchosen(row)
    return within(
        row,
        Chosen(
            way=made.way,
            digest_hour=made.digest_hour,
            start=made.mail_from,
            end=made.mail_to,
            sms_number=made.sms_number,
        ),
    )


def chosen_at(actor: Actor) -> str:
    """When the choice that holds was made, as ISO; empty where none was. For the page to say what it was made from."""
    made = door.visible(actor, Choice).first()
    return made.changed_at.isoformat() if made else ""


def choose(*, actor: Actor, chosen: Chosen, row: Allowed, seen: str, now: datetime) -> None:
    """Keeps the choice; saying the same twice is once. `seen`: chosen_at of the page. Raises NotAllowed, ChangedMeanwhile."""
    if within(row, chosen) != chosen:
        raise NotAllowed
    Membership.objects.select_for_update().get(pk=actor.member)
    holds_since = chosen_at(actor)
    if holds_since and chosen_of(actor, row) == chosen:
        return
    if holds_since != seen:
        raise ChangedMeanwhile
    made, _new = Choice.objects.update_or_create(
        municipality_id=actor.municipality_id,
        agency_id=actor.agency_id,
        membership_id=actor.member,
        defaults={
            "way": chosen.way,
            "digest_hour": chosen.digest_hour,
            "mail_from": chosen.start,
            "mail_to": chosen.end,
            "sms_number": chosen.sms_number,
            "changed_at": now,
        },
    )
    record("reminder.choose", object_type="reminders.choice", object_id=made.pk)


def feed_of(actor: Actor) -> CalendarFeed | None:
    return door.visible(actor, CalendarFeed).filter(revoked_at=None).first()


def give_feed(*, actor: Actor, row: Allowed, now: datetime) -> str:
    """A new secret, told this once; an earlier address stops working in the same moment. Raises NotAllowed."""
    if not row.calendar:
        raise NotAllowed
    # Of two presses at once the second one's address holds, and there is never more than one.
    Membership.objects.select_for_update().get(pk=actor.member)
    _end_feeds(actor, now=now)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    feed = CalendarFeed.objects.create(
        municipality_id=actor.municipality_id,
        agency_id=actor.agency_id,
        membership_id=actor.member,
        token_hash=_hash(secret),
        created_at=now,
    )
    record("calendar.give", object_type="reminders.calendarfeed", object_id=feed.pk)
    return secret


def revoke_feed(*, actor: Actor, now: datetime) -> None:
    """The address stops working from the next fetch on."""
    for pk in _end_feeds(actor, now=now):
        record("calendar.revoke", object_type="reminders.calendarfeed", object_id=pk)


def find_feed(secret: str) -> tuple[UUID, UUID] | None:
    """(feed, membership) that a secret belongs to, from the one function that looks across partitions."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, membership_id FROM reminders_feed_of(%s)", [_hash(secret)])
        found = cursor.fetchone()
    return (found[0], found[1]) if found else None


def note_fetch(*, feed_id: UUID, now: datetime) -> None:
    """Every fetch is in the log, in the partition of the one whose calendar it is. Raises TooOften, which is counted too."""
    CalendarFeed.objects.select_for_update().get(pk=feed_id)
    key = f"calendar:{feed_id}:{now:%Y%m%d%H}"
    fetched = cache.get(key, 0) + 1
    cache.set(key, fetched, timeout=3600)
    if fetched > FETCHES_AN_HOUR:
        raise TooOften
    CalendarFeed.objects.filter(pk=feed_id).update(opened_at=now)
    record("calendar.open", object_type="reminders.calendarfeed", object_id=feed_id)


def _end_feeds(actor: Actor, *, now: datetime) -> list[UUID]:
    rows = door.visible(actor, CalendarFeed, action=Action.WRITE).select_for_update(of=("self",))
    ended = list(rows.filter(revoked_at=None).values_list("pk", flat=True))
    CalendarFeed.objects.filter(pk__in=ended).update(revoked_at=now)
    return ended


def _hash(secret: str) -> str:
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
