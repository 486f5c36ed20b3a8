"""Drawing the month's sample without anybody asking: one agency at a time, each in its own partition."""

from __future__ import annotations

import logging
from datetime import date

from django.db import DatabaseError
from django.utils.translation import gettext_noop

from access.actor import system_actor
from access.log_review.services import ensure_month
from access.models import Agency, LogReview, Membership, Role
from access.request_transaction import work

NAME = gettext_noop("Loggkontroll")
logger = logging.getLogger("access.log_review")


def draw_everywhere(*, today: date) -> int:
    """How many agencies have their sample of the month before `today`, now or since earlier."""
    reviewed = Membership.objects.in_force(today).filter(role=Role.LOG_REVIEWER)
    drawn = 0
    for agency in Agency.objects.filter(id__in=reviewed.values("agency_id")):
        actor = system_actor(
            name=NAME,
            municipality_id=agency.municipality_id,
            agency_id=agency.id,
            agency_kind=agency.kind,
        )
        try:
            with work(actor):
                drawn += isinstance(ensure_month(actor=actor, today=today), LogReview)
        except DatabaseError:
            # One agency must not hold up the others; tomorrow's run tries it again.
            logger.exception("no sample drawn for agency %s", agency.id)
    return drawn
