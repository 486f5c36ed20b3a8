"""Counts that other rooms may ask for by key (`access.figures`): how many, never who."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from access.figures import Period, register
from cases.models import Conversation, ConversationState, FollowUp, FollowUpState
from cases.rules.protection import Closed, closing


def _without_protected() -> Q:
    """No count holds a person whose level closes statistics: who leaves a small count would be missed in it."""
    return ~Q(case__person__protection__in=closing(Closed.STATISTICS, timezone.localdate()))


def conversations_held(municipality_id: UUID, agency_id: UUID, period: Period) -> int:
    return Conversation.objects.filter(
        _without_protected(),
        municipality_id=municipality_id,
        agency_id=agency_id,
        state=ConversationState.HELD,
        held_on__range=(period.starts, period.ends),
    ).count()


def follow_ups_held(municipality_id: UUID, agency_id: UUID, period: Period) -> int:
    return FollowUp.objects.filter(
        _without_protected(),
        municipality_id=municipality_id,
        agency_id=agency_id,
        state=FollowUpState.HELD,
        held_at__date__range=(period.starts, period.ends),
    ).count()


def offer() -> None:
    """Called once, when the app is ready."""
    register("conversations_held", _("Orossamtal som har hållits"), conversations_held)
    register("follow_ups_held", _("Uppföljningar som har gjorts"), follow_ups_held)
