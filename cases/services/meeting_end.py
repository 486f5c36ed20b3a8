"""When a consent ends, those who were called under it are no longer called; without any consent the meeting is off."""

from __future__ import annotations

from datetime import date, datetime

from cases.models import Consent, Invitee, Meeting, MeetingState
from cases.rules.consent import hits
from cases.services.consent import covering_consent
from cases.services.consent_ends import Scopes, on_end, on_shorter
from cases.services.meeting import HEARS, call_off, drop
from reminders.working_days import local_date

BECAUSE = "consent"


@on_end
def end_calls(consent: Consent, scopes: Scopes, _reason: str, now: datetime) -> None:
    """Those whom another consent of the case covers stay; once nothing is covered, the meeting is called off."""
    planned = Meeting.objects.filter(case=consent.case, state=MeetingState.PLANNED)
    for meeting in planned.select_for_update(of=("self",)).select_related("case"):
        for invitee in meeting.invitees.filter(consent=consent, dropped_at__isnull=True):
            if _rested(invitee, consent, scopes):
                _keep_or_drop(meeting, invitee, now)
        if not Consent.objects.in_force(local_date(now)).filter(case=consent.case).exists():
            call_off(meeting, because=BECAUSE, now=now)


@on_shorter
def end_calls_outlasting(consent: Consent, last: date, _reason: str, now: datetime) -> None:
    """A meeting after the day on which the renewed consent ends: who is covered no longer is not called any more."""
    planned = Meeting.objects.filter(case=consent.case, state=MeetingState.PLANNED)
    for meeting in planned.select_for_update(of=("self",)).select_related("case"):
        if local_date(meeting.planned_for) > last:
            for invitee in meeting.invitees.filter(consent=consent, dropped_at__isnull=True):
                _keep_or_drop(meeting, invitee, now)


def _rested(invitee: Invitee, consent: Consent, scopes: Scopes) -> bool:
    return scopes is None or any(
        hits(
            tick,
            host=consent.agency_id,
            agency_id=invitee.of_agency,
            unit_id=invitee.of_unit,
            kind=kind,
        )
        for tick in scopes
        for kind in HEARS
    )


def _keep_or_drop(meeting: Meeting, invitee: Invitee, now: datetime) -> None:
    other = covering_consent(
        meeting.case,
        agency_id=invitee.of_agency,
        unit_id=invitee.of_unit,
        kinds=HEARS,
        on=local_date(meeting.planned_for),
    )
    if other is None:
        drop(invitee, because=BECAUSE, now=now)
        return
    invitee.consent = other
    invitee.save(update_fields=["consent"])
