"""What had left for other agencies before somebody became protected: no address and no place of theirs stays there."""

from __future__ import annotations

from datetime import datetime

from cases.models import Disclosure, Meeting, MeetingState, Person
from cases.rules.protection import Closed, Level
from cases.services.disclosure import end_disclosure
from cases.services.meeting import drop
from cases.services.proposal import CONTACT

BECAUSE = "protected"


def close_elsewhere(person: Person, of: Level, *, now: datetime) -> None:
    """Contact details that were handed over, and calls with a place; who is called again is called without one."""
    if Closed.ADDRESS in of.closes:
        handed_over = Disclosure.objects.filter(
            case__person=person, kind=CONTACT, release_id__isnull=False, end__isnull=True
        )
        for disclosure in handed_over.select_related("case"):
            end_disclosure(disclosure=disclosure, reason=BECAUSE, now=now)
    if Closed.CALENDAR in of.closes:
        planned = Meeting.objects.filter(case__person=person, state=MeetingState.PLANNED)
        for meeting in planned.select_for_update():
            for invitee in meeting.invitees.filter(call_id__isnull=False, dropped_at__isnull=True):
                drop(invitee, because=BECAUSE, now=now)
