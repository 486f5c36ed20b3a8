"""What each signer answers, exceptions that a second person decides on, and the moment a consent is given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from access import door
from access.actor import Actor
from access.models import Membership
from access.policy import Action
from access.request_transaction import record
from cases.models import Assignment, Attachment, Consent, ConsentEvent, ConsentSigner
from cases.rules.consent import SignerRule
from cases.rules.consent_answers import (
    Answer,
    ExceptionRow,
    exception_approvers,
    exceptions_for,
    refused,
)
from cases.rules.consent_state import UNSIGNED, consent_state
from cases.services.consent import end_unsigned, hold_case
from cases.services.consent_events import append, has
from cases.services.consent_give import (
    answers_of,
    deciding_of,
    give_if_all_is_there,
    happened,
    no_longer_guardians,
    signers_of,
)
from cases.services.consent_start import note_awaited, who_signs
from cases.services.refusals import ChangedMeanwhile
from reminders.services import finish, set_deadline
from reminders.working_days import add_working_days, local_date

Kind = ConsentEvent.Kind


class OpinionNeeded(Exception):
    """The young person's own view is a part of the answer."""


class NoException(Exception):
    """No exception is open for this signer: they have said no, or the rule knows none."""


class SamePerson(Exception):
    """The one who asked for an exception cannot decide on it."""


DECIDED = (Kind.EXCEPTION_GRANTED, Kind.EXCEPTION_DENIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAnswer:
    """day: the one on the paper. opinion: the young person's own view. read_by: who read aloud or interpreted."""

    answer: Answer
    channel: str
    day: date
    opinion: str = ""
    read_by: str = ""
    document: Attachment | None = None

    def __repr__(self) -> str:
        return "GivenAnswer(‹förseglat›)"


def note_answer(
    *, actor: Actor, signer: ConsentSigner, given: GivenAnswer, now: datetime
) -> Consent:
    """Keeps one signer's answer; with the last one that was missing the consent is given, with a no it ends.

    The same answer twice is one. Raises ChangedMeanwhile where the consent is no longer waiting, or not for this guardian,
    OpinionNeeded.
    """
    consent = _held(actor, signer.consent, now)
    kind = Kind(given.answer.value)
    if signer.events.filter(kind=kind).exists():
        return consent
    today = local_date(now)
    over = signer.guardian_id in no_longer_guardians(consent, on=today)
    if over or consent_state(consent, today) not in UNSIGNED:
        raise ChangedMeanwhile
    youth_is_minor = signer.guardian_id is None and consent.rests_on_guardians
    if youth_is_minor and not given.opinion.strip() and given.answer is not Answer.UNREACHABLE:
        raise OpinionNeeded
    note_awaited(actor, consent, now)
    append(
        consent,
        kind,
        signer=signer,
        channel=given.channel,
        day=given.day,
        note=given.opinion,
        read_by=given.read_by,
        document=given.document,
        now=now,
    )
    _note("consent.answer", consent)
    if refused(signers_of(consent), happened(consent)):
        end_unsigned(consent, Kind.DECLINED, channel=given.channel, now=now)
    else:
        give_if_all_is_there(actor, consent, now)
    return consent


def justify(*, actor: Actor, consent: Consent, reason: str, now: datetime) -> None:
    """Why one goes on although a young person of that age does not want to; said once. Raises ChangedMeanwhile."""
    consent = _held(actor, consent, now)
    if has(consent, Kind.JUSTIFIED):
        return
    if consent_state(consent, local_date(now)) not in UNSIGNED:
        raise ChangedMeanwhile
    append(consent, Kind.JUSTIFIED, note=reason, now=now)
    _note("consent.justify", consent)
    give_if_all_is_there(actor, consent, now)


def ask_exception(
    *, actor: Actor, signer: ConsentSigner, basis: str, reason: str, now: datetime
) -> None:
    """Asks a second person that this guardian need not sign; what waits already is not asked for again.

    Raises NoException, ChangedMeanwhile.
    """
    consent = _held(actor, signer.consent, now)
    if any(event.signer_id == signer.id for event in exceptions_waiting(consent)):
        return
    if consent_state(consent, local_date(now)) not in UNSIGNED:
        raise ChangedMeanwhile
    rule = who_signs(actor, consent.case, on=local_date(now)).rule
    if basis not in {row.code for row in open_exceptions(consent, signer, rule, local_date(now))}:
        raise NoException
    note_awaited(actor, consent, now)
    append(consent, Kind.EXCEPTION_ASKED, signer=signer, basis=basis, note=reason, now=now)
    _note("consent.except", consent, basis)
    others = approvers(consent, rule, asked_by=actor.user, today=local_date(now))
    if others:
        set_deadline(
            kind="consent_exception",
            subject_id=consent.id,
            label=consent.case.number,
            route="consent_exception",
            responsible=others[0].id,
            due_on=add_working_days(local_date(now), 1),
        )


def decide_exception(
    *, actor: Actor, signer: ConsentSigner, granted: bool, reason: str, now: datetime
) -> None:
    """A second person, in a role that the rule names, decides. Raises SamePerson, NoException, ChangedMeanwhile."""
    consent = signer.consent
    door.demand(actor, consent, "consent", Action.DECIDE)
    hold_case(consent.case)
    if consent_state(consent, local_date(now)) not in UNSIGNED:
        raise ChangedMeanwhile
    asked = next((e for e in exceptions_waiting(consent) if e.signer_id == signer.id), None)
    if asked is None:
        raise NoException
    asked_by = Membership.objects.filter(user_id=actor.user).values_list("pk", flat=True)
    if asked.recorded_by in set(asked_by):
        raise SamePerson
    if actor.role not in exception_approvers(asked.basis, local_date(now)):
        raise NoException
    if granted and answers_of(consent)[signer.id] not in {Answer.AWAITED, Answer.UNREACHABLE}:
        raise NoException
    kind = Kind.EXCEPTION_GRANTED if granted else Kind.EXCEPTION_DENIED
    append(consent, kind, signer=signer, basis=asked.basis, note=reason, now=now)
    if not exceptions_waiting(consent):
        finish(kind="consent_exception", subject_id=consent.id)
    _note("consent.decide", consent, asked.basis)
    give_if_all_is_there(actor, consent, now)


def exceptions_waiting(consent: Consent) -> list[ConsentEvent]:
    """What a second person has still to decide on, oldest first: a later question is another one, after a no too."""
    waiting: dict[UUID | None, ConsentEvent] = {}
    for event in consent.events.filter(kind__in=(Kind.EXCEPTION_ASKED, *DECIDED)).order_by("at"):
        if event.kind == Kind.EXCEPTION_ASKED:
            waiting[event.signer_id] = event
        else:
            waiting.pop(event.signer_id, None)
    return list(waiting.values())


def open_exceptions(
    consent: Consent, signer: ConsentSigner, rule: SignerRule, on: date
) -> list[ExceptionRow]:
    """The exceptions that may be asked for of this guardian."""
    signers = deciding_of(consent, on=on)
    this = next((one for one in signers if one.id == signer.id), None)
    return exceptions_for(this, signers, happened(consent), rule, on) if this else []


def approvers(
    consent: Consent, rule: SignerRule, *, asked_by: UUID, today: date
) -> list[Membership]:
    """Who may decide: people in the rule's roles in the units of those who work on the case, never the one who asked."""
    working = Assignment.objects.in_force(today).filter(case=consent.case_id)
    units = working.values("membership__unit_id")
    held = Membership.objects.in_force(today).filter(
        agency_id=consent.agency_id, role__in=rule.approvers, unit_id__in=units
    )
    return list(held.exclude(user_id=asked_by).select_related("user").order_by("user__name"))


def _held(actor: Actor, consent: Consent, now: datetime) -> Consent:
    door.demand(actor, consent, "consent", Action.WRITE)
    hold_case(consent.case)
    return consent


def _note(action: str, consent: Consent, basis: str = "") -> None:
    record(
        action,
        object_type="cases.consent",
        object_id=consent.id,
        case=(consent.case_id, consent.case.number),
        basis=basis,
    )
