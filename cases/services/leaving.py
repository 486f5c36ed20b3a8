"""Ending somebody's memberships at once, as when they leave: from the next request nothing opens, and nothing stays without an owner."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from uuid import UUID

from celery import current_app
from django.db import transaction
from django.utils.translation import gettext_noop

from access.accounts.guests import end_guests
from access.actor import system_actor
from access.models import Membership
from access.request_transaction import record, work
from cases.services.ownerless import find_for, find_in
from reminders.working_days import local_date

NAME = gettext_noop("Avslutade uppgifter")


def end_membership(*, membership: Membership, now: datetime) -> bool:
    """Ends it in its own agency's partition and tells the manager what lost its owner. False where it had ended."""
    actor = system_actor(
        name=NAME,
        municipality_id=membership.municipality_id,
        agency_id=membership.agency_id,
        agency_kind=membership.agency.kind,
    )
    with work(actor):
        locked = Membership.objects.select_for_update().get(pk=membership.pk)
        if locked.ended_at is not None:
            return False
        locked.ended_at = now
        locked.save(update_fields=["ended_at"])
        record("membership.end", object_type="access.membership", object_id=locked.id)
        guests = end_guests(locked, now)
        find_in(locked.agency_id, today=local_date(now))
    for guest in guests:
        find_for(guest.agency, now=now)
    return True


def look_for_what_is_left(agency_id: UUID) -> None:
    """After an administrator has ended a role: a worker tells the manager. The regular look finds it too, if the queue is away."""
    later = partial(current_app.send_task, "cases.find_ownerless_in", args=[str(agency_id)])
    transaction.on_commit(later, robust=True)
