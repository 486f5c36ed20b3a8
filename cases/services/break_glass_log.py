"""What the log says was read in one opening: for its review, and for nothing else."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from access.request_transaction import record
from audit.models import AuditEvent
from cases.models import BreakGlass


def reads_during(opening: BreakGlass) -> QuerySet[AuditEvent]:
    """The opener's events of that opening: those through the relation, and those about the opening itself.

    The reviewer may be of another unit than the opener, and then the unit's log does not hold them.
    """
    record(
        "log.read",
        object_type="cases.breakglass",
        object_id=opening.id,
        case=(opening.case_id, opening.case.number),
        purpose="break_glass_review",
    )
    return AuditEvent.objects.filter(
        Q(relation="break_glass") | Q(object_id=opening.id),
        municipality_id=opening.municipality_id,
        agency_id=opening.agency_id,
        actor_membership_id=opening.membership_id,
        occurred_at__gte=opening.opened_at,
        occurred_at__lte=opening.ended_at or opening.until,
    )
