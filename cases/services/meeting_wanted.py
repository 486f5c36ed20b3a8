"""From the first consent a network meeting is called within three weeks (reminders/rules.toml, meeting_wanted)."""

from __future__ import annotations

from uuid import UUID

from cases.models import Case, Meeting, MeetingState
from reminders.services import cancel, finish, set_deadline

KIND = "meeting_wanted"


def want_meeting(case: Case, *, responsible: UUID) -> None:
    """Nothing where one is planned, or has been held."""
    if Meeting.objects.filter(case=case).exclude(state=MeetingState.CANCELLED).exists():
        return
    set_deadline(
        kind=KIND,
        subject_id=case.id,
        label=case.number,
        route="case_detail",
        responsible=responsible,
    )


def meeting_called(case: Case) -> None:
    finish(kind=KIND, subject_id=case.id)


def want_no_meeting(case: Case) -> None:
    """The case stands still, or has ended."""
    cancel(kind=KIND, subject_id=case.id)
