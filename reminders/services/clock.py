"""Lifting the clock's halt, as whoever runs the machine may: it holds for every municipality at once."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from access.actor import system_actor
from access.models import Agency
from access.request_transaction import record, work
from reminders import clock

NAME = gettext_noop("Driften")


def trust_clock() -> bool:
    """Sends on by the clock as it is, and says so in every agency's log; False where it is not halted."""
    if not clock.halted():
        return False
    # The log first: killed in between, it tells of one try too many and not of one too few.
    for agency in Agency.objects.order_by("municipality_id", "id"):
        actor = system_actor(
            name=NAME,
            municipality_id=agency.municipality_id,
            agency_id=agency.id,
            agency_kind=agency.kind,
        )
        with work(actor):
            record("clock.trust", object_type="reminders.reminder", object_id=None)
    clock.forget()
    return True
