"""A consent that ends by itself: at midnight after its last day, or on the 18th birthday."""

from __future__ import annotations

from datetime import datetime, timedelta

from access.request_transaction import record
from cases.models import Case, Consent, ConsentEvent
from cases.models.case import ENDED_STAGES
from cases.models.consent import ENDING
from cases.rules.consent_answers import TURNS_EIGHTEEN
from cases.services.case_stop import StoppedBecause, freeze
from cases.services.consent_ends import end_what_rests
from cases.services.consent_events import append, has
from cases.services.guardian_end import end_guardians_at_eighteen
from reminders.services import finish
from reminders.working_days import local_date

Kind = ConsentEvent.Kind
SYSTEM = "system"


def lapse(case: Case, now: datetime) -> int:
    """Notes the end of every consent whose last day is over, once; the case must be held. Gives how many.

    The effect was there at midnight, in every query by date: here the register, the other side and the case follow.
    """
    over = [
        consent
        for consent in Consent.objects.filter(case=case, valid_to__lt=local_date(now))
        if has(consent, Kind.GIVEN) and not has(consent, *ENDING)
    ]
    for consent in over:
        turned = ConsentEvent.objects.filter(
            consent=consent, kind=Kind.GIVEN, basis=TURNS_EIGHTEEN
        ).exists()
        expire(consent, turned_eighteen=turned, now=now)
        if turned:
            # Its last day was set to the eve of the birthday.
            end_guardians_at_eighteen(case, consent.valid_to + timedelta(days=1))
    return len(over)


def expire(consent: Consent, *, turned_eighteen: bool, now: datetime) -> None:
    """One consent ends by itself, with all that rests on it. The case must be held."""
    append(
        consent,
        Kind.EXPIRED,
        now=now,
        channel=SYSTEM,
        basis=TURNS_EIGHTEEN if turned_eighteen else "",
    )
    end_what_rests(consent, None, "turned_eighteen" if turned_eighteen else "consent_expired", now)
    for kind in ("consent_expires", "consent_awaited", "turns_eighteen"):
        finish(kind=kind, subject_id=consent.id)
    case = consent.case
    record(
        "consent.end",
        object_type="cases.consent",
        object_id=consent.id,
        case=(case.id, case.number),
    )
    if case.stage not in ENDED_STAGES:
        because = StoppedBecause.TURNED_EIGHTEEN if turned_eighteen else StoppedBecause.EXPIRED
        freeze(case, because, now)
