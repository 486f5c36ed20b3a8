"""Who decides for the young person, asked anew: a consent that lacked one of them by what is known now does not go on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from access.request_transaction import record
from cases.models import Case, Consent, ConsentEvent, Guardian
from cases.rules.consent_answers import Answer
from cases.rules.consent_state import UNSIGNED, consent_state
from cases.rules.guardians import Held, lacked_a_signature
from cases.services.case_stop import StoppedBecause, freeze
from cases.services.consent_ends import end_what_rests
from cases.services.consent_events import append
from cases.services.consent_give import answers_of
from reminders.services import finish
from reminders.working_days import local_date

Kind = ConsentEvent.Kind
ANSWERED = frozenset({Answer.SIGNED, Answer.EXCEPTED})


def held_of(case: Case) -> list[Held]:
    """Every custody that is or was, of the case's young person."""
    rows = Guardian.objects.filter(person_id=case.person_id)
    return [Held(one.id, one.custody, one.starts_on, one.ends_on) for one in rows]


def consents_lacking(case: Case, held: Sequence[Held], *, on: date) -> list[Consent]:
    """The consents in force on that day that would have lacked a signature, had the custodies been these when they were given.

    One from before signers were named says in words who signed it: nothing can be told of it here.
    """
    found = []
    for consent in Consent.objects.in_force(on).filter(case=case, rests_on_guardians=True):
        consent.case = case
        answers = answers_of(consent)
        guardians = {one.guardian_id: answers[one.id] for one in consent.signers.all()}
        guardians.pop(None, None)
        answered = {pk for pk, answer in guardians.items() if pk and answer in ANSWERED}
        given = consent.events.filter(kind=Kind.GIVEN).earliest("at").at
        if guardians and lacked_a_signature(held, answered, on=local_date(given)):
            found.append(consent)
    return found


def end_what_lacked(case: Case, now: datetime) -> None:
    """Ends the consents in force that lacked a signature, with all that rests on them. The case must be held."""
    for consent in consents_lacking(case, held_of(case), on=local_date(now)):
        append(consent, Kind.LACKED, now=now)
        for kind in ("consent_expires", "turns_eighteen"):
            finish(kind=kind, subject_id=consent.id)
        end_what_rests(consent, None, "signature_lacked", now)
        record(
            "consent.lack",
            object_type="cases.consent",
            object_id=consent.id,
            case=(case.id, case.number),
        )
    freeze(case, StoppedBecause.LACKED_SIGNATURE, now)


def tell_consents(case: Case, now: datetime) -> None:
    """Notes in every consent that waits or holds that a custody has been corrected: who must sign may be another."""
    on = local_date(now)
    held = Consent.objects.in_force(on).filter(case=case)
    waiting = [
        one for one in Consent.objects.filter(case=case) if consent_state(one, on) in UNSIGNED
    ]
    for consent in (*held, *waiting):
        consent.case = case
        append(consent, Kind.CUSTODY, now=now)
