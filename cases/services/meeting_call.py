"""The copy of a call to a meeting, written into the invitee's partition, and its end."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from access.actor import Actor
from access.models import Membership
from cases.models import MeetingCall, MeetingCallEnd
from cases.rules.numbers import draw_number
from crypto.keys import Scope, new_data_key
from crypto.seal import seal
from reminders.working_days import local_date


def call(
    *,
    actor: Actor,
    membership: Membership,
    planned_for: datetime,
    about: str,
    where: str,
    now: datetime,
) -> MeetingCall:
    """When, where, about what and by whom, under the receiver's own key; gone after the day of the meeting."""
    there = {"municipality_id": membership.municipality_id, "agency_id": membership.agency_id}
    row_id = uuid4()
    key = new_data_key(**there, scope=Scope.RELEASE, scope_id=row_id)
    return MeetingCall.objects.create(
        id=row_id,
        **there,
        membership=membership,
        planned_for=planned_for,
        about=seal(about, key=key, field="cases.meeting_call.about", row_id=row_id),
        place=seal(where, key=key, field="cases.meeting_call.place", row_id=row_id),
        from_agency_name=actor.agency_name,
        called_by_name=actor.name,
        called_at=now,
        until=local_date(planned_for),
        number=draw_number("K", now.date()),
    )


def end_call(*, call_id: UUID, place: tuple[UUID, UUID], now: datetime) -> None:
    """`place` is the invitee's (municipality, agency)."""
    MeetingCallEnd.objects.create(
        municipality_id=place[0], agency_id=place[1], call_id=call_id, ended_at=now
    )
