"""The moment a consent is given: nothing is missing any more, the case opens, and what it renews is replaced."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from access.actor import Actor
from access.request_transaction import record
from cases.models import Consent, ConsentEvent, ConsentScope, Guardian
from cases.rules.consent import SignerRule, eighteenth, missing_guardians
from cases.rules.consent_answers import (
    TURNS_EIGHTEEN,
    Answer,
    Missing,
    Signer,
    answer_of,
    missing,
)
from cases.rules.consent_state import UNSIGNED, Happened, consent_state
from cases.services.case_stop import go_on
from cases.services.consent import live_scopes
from cases.services.consent_ends import end_what_outlasts, end_what_rests
from cases.services.consent_events import append
from cases.services.consent_start import NoBirthDate, who_signs
from cases.services.meeting_wanted import want_meeting
from reminders.services import finish, set_deadline
from reminders.working_days import local_date

Kind = ConsentEvent.Kind


def missing_of(consent: Consent, rule: SignerRule, *, on: date) -> list[Missing]:
    """What is left before the consent is given, in the order to be done."""
    return missing(
        deciding_of(consent, on=on),
        happened(consent),
        rule,
        guardians_missing=_guardians_missing(consent, on),
    )


def signers_of(consent: Consent) -> list[Signer]:
    return [
        Signer(one.id, youth=one.guardian_id is None, must_sign=one.must_sign)
        for one in consent.signers.all()
    ]


def deciding_of(consent: Consent, *, on: date) -> list[Signer]:
    """Those whose answer counts: somebody whose custody is over is not waited for, though the paper names them."""
    over = no_longer_guardians(consent, on=on)
    gone = {one.id for one in consent.signers.all() if one.guardian_id in over}
    return [one for one in signers_of(consent) if one.id not in gone]


def unsigned_guardians(consent: Consent, *, on: date) -> int:
    """How many guardians are waited for."""
    answers = answers_of(consent)
    waited_for = [one for one in deciding_of(consent, on=on) if not one.youth]
    return sum(answers[one.id] not in {Answer.SIGNED, Answer.EXCEPTED} for one in waited_for)


def no_longer_guardians(consent: Consent, *, on: date) -> set[UUID]:
    """Ids of the guardians that the paper names and whose custody is over."""
    named = [one.guardian_id for one in consent.signers.all() if one.guardian_id]
    if not named:
        return set()
    over = Guardian.objects.filter(pk__in=named, ends_on__lt=on)
    return set(over.values_list("pk", flat=True))


def happened(consent: Consent) -> list[Happened]:
    rows = ConsentEvent.objects.filter(consent=consent)
    return [Happened(*row) for row in rows.values_list("kind", "scope_id", "signer_id")]


def answers_of(consent: Consent) -> dict[UUID, Answer]:
    events = happened(consent)
    return {one.id: answer_of(one.id, events) for one in signers_of(consent)}


def give_if_all_is_there(actor: Actor, consent: Consent, now: datetime) -> None:
    """Gives the consent if nothing is missing.

    The age is asked anew on the day: what was enough when the form was written need not be enough now.
    """
    today, case = local_date(now), consent.case
    try:
        signs = who_signs(actor, case, on=today)
    except NoBirthDate:
        # A second person who may not read it: somebody who works on the case sees that nothing is missing, and says so.
        return
    if consent_state(consent, today) not in UNSIGNED or missing_of(consent, signs.rule, on=today):
        return
    to_birthday = consent.rests_on_guardians and consent.valid_to == eighteenth(
        signs.born
    ) - timedelta(days=1)
    append(consent, Kind.GIVEN, basis=TURNS_EIGHTEEN if to_birthday else "", now=now)
    _replace(consent, now)
    go_on(case, now)
    finish(kind="consent_awaited", subject_id=consent.id)
    responsible = actor.member
    set_deadline(
        kind="consent_expires",
        subject_id=consent.id,
        label=case.number,
        route="case_detail",
        route_pk=case.id,
        responsible=responsible,
        due_on=consent.valid_to,
    )
    if to_birthday:
        set_deadline(
            kind="turns_eighteen",
            subject_id=consent.id,
            label=case.number,
            route="case_detail",
            route_pk=case.id,
            responsible=responsible,
            due_on=consent.valid_to + timedelta(days=1),
        )
    want_meeting(case, responsible=responsible)
    record(
        "consent.register",
        object_type="cases.consent",
        object_id=consent.id,
        case=(case.id, case.number),
    )


def _replace(consent: Consent, now: datetime) -> None:
    """The one it renews is replaced; what rested on ticks that are not in the new one ends."""
    earlier = consent.replaces
    if earlier is None or consent_state(earlier, local_date(now)) in UNSIGNED:
        return
    kept = {right for scope in live_scopes(consent) for right in _rights(scope)}
    lost = [scope for scope in live_scopes(earlier) if _told_by(scope, consent) - kept]
    append(earlier, Kind.REPLACED, now=now)
    for kind in ("consent_expires", "turns_eighteen"):
        finish(kind=kind, subject_id=earlier.id)
    if lost:
        end_what_rests(earlier, lost, "consent_replaced", now)
    if consent.valid_to < earlier.valid_to:
        end_what_outlasts(earlier, consent.valid_to, "consent_replaced", now)


Right = tuple[UUID, UUID | None, str, str]


def _rights(scope: ConsentScope) -> set[Right]:
    """What a tick gives, each by itself: the same unit may tell of a kind, and be told of it."""
    place = (scope.covers_agency, scope.covers_unit, scope.kind)
    return {(*place, name) for name in ("may_share", "may_receive") if getattr(scope, name)}


def _told_by(scope: ConsentScope, consent: Consent) -> set[Right]:
    """Of what a tick gives, what a release rests on: that the host may tell, and that others may be told."""
    needed = "may_share" if scope.covers_agency == consent.agency_id else "may_receive"
    return {right for right in _rights(scope) if right[-1] == needed}


def _guardians_missing(consent: Consent, on: date) -> int:
    """Guardians that are not registered, or have become guardians since the form was written."""
    if not consent.rests_on_guardians:
        return 0
    held = Guardian.objects.in_force(on).filter(person_id=consent.case.person_id)
    named = {one.guardian_id for one in consent.signers.all()}
    unnamed = sum(1 for one in held if one.id not in named)
    return max(missing_guardians([one.custody for one in held], on), unnamed, 0)
