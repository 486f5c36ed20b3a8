"""A guest's role rests on a role at home: it ends with that one, at once and by its last day."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import connection

from access.models import Membership
from access.request_transaction import record


def begin_guest_reviewer(
    home: Membership, *, unit_id: UUID, first: date, last: date
) -> Membership | None:
    """A log reviewer's role in a unit of the agency at work, while the role at home lasts; at most a month.

    The worker makes it too, and has no other right to the directory; None where the role at home holds no longer.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT access_guest_reviewer(%s, %s, %s, %s)", [home.pk, unit_id, first, last]
        )
        ((made,),) = cursor.fetchall()
    if made is None:
        return None
    record("membership.add", object_type="access.membership", object_id=made)
    return Membership.objects.get(pk=made)


def end_guests(home: Membership, now: datetime) -> list[Membership]:
    """After the role at home was ended at once; gives those that ended, for what they leave to be handed over."""
    ended = list(Membership.objects.select_for_update().filter(home=home, ended_at__isnull=True))
    for guest in ended:
        guest.ended_at = now
        guest.save(update_fields=["ended_at"])
        record("membership.end", object_type="access.membership", object_id=guest.id)
    return ended


def shorten_guests(home: Membership) -> None:
    """After the role at home got an earlier last day."""
    longer = Membership.objects.select_for_update().filter(
        home=home, ended_at__isnull=True, ends_on__gt=home.ends_on
    )
    for guest in longer:
        guest.ends_on = home.ends_on
        guest.save(update_fields=["ends_on"])
        record("membership.shorten", object_type="access.membership", object_id=guest.id)
