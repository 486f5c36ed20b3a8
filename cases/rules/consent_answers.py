"""What is still missing before a consent is given: pure, over the answers so far and the rule of the day."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from cases.rules.consent import Guardians, SignerRule, Youth
from cases.rules.consent_state import Happened
from cases.rules.law import in_force

# The basis of an end, and of a last day, that is the 18th birthday's.
TURNS_EIGHTEEN = "turns_eighteen"


class Answer(StrEnum):
    """How far one signer has come."""

    AWAITED = "awaited"
    UNREACHABLE = "unreachable"
    HEARD = "heard"
    DISSENTED = "dissented"
    REFUSED = "refused"
    EXCEPTED = "excepted"
    SIGNED = "signed"


# The one that weighs most last: a no is not undone by a yes noted beside it, nor a signature by what came before it.
WEIGHT = (
    Answer.UNREACHABLE,
    Answer.HEARD,
    Answer.DISSENTED,
    Answer.SIGNED,
    Answer.REFUSED,
)


class Missing(StrEnum):
    GUARDIAN = "guardian"
    GUARDIAN_SIGNATURE = "guardian_signature"
    YOUTH_SIGNATURE = "youth_signature"
    YOUTH_VIEW = "youth_view"
    REASON_AFTER_NO = "reason_after_no"


@dataclass(frozen=True, slots=True)
class Signer:
    """`youth`: the young person; otherwise a guardian."""

    id: UUID
    youth: bool
    must_sign: bool


def answer_of(signer: UUID, events: Collection[Happened]) -> Answer:
    """Of several answers the one that weighs most; a granted exception only where there is no answer of weight."""
    kinds = {event.kind for event in events if event.signer == signer}
    for answer in reversed(WEIGHT):
        if answer.value in kinds and answer in {Answer.SIGNED, Answer.REFUSED}:
            return answer
    if "exception_granted" in kinds:
        return Answer.EXCEPTED
    for answer in reversed(WEIGHT):
        if answer.value in kinds:
            return answer
    return Answer.AWAITED


def refused(signers: Sequence[Signer], events: Collection[Happened]) -> bool:
    """Somebody who must sign has said no: there is no consent."""
    return any(one.must_sign and answer_of(one.id, events) is Answer.REFUSED for one in signers)


def missing(
    signers: Sequence[Signer],
    events: Collection[Happened],
    rule: SignerRule,
    *,
    guardians_missing: int = 0,
) -> list[Missing]:
    """What is left before it is given, in the order to be done; nothing where it can be given now.

    guardians_missing: how many guardians are still to be registered (`rules.consent.missing_guardians`).
    """
    answers = {one.id: answer_of(one.id, events) for one in signers}
    guardians = [answers[one.id] for one in signers if not one.youth]
    youth = next((answers[one.id] for one in signers if one.youth), Answer.AWAITED)
    left: list[Missing] = []
    if rule.guardians is Guardians.EVERY:
        if guardians_missing or not guardians:
            left.append(Missing.GUARDIAN)
        if any(answer not in {Answer.SIGNED, Answer.EXCEPTED} for answer in guardians):
            left.append(Missing.GUARDIAN_SIGNATURE)
    if rule.youth is Youth.SIGNS:
        if youth is not Answer.SIGNED:
            left.append(Missing.YOUTH_SIGNATURE)
    elif youth not in {Answer.HEARD, Answer.DISSENTED, Answer.SIGNED}:
        left.append(Missing.YOUTH_VIEW)
    justified = any(event.kind == "justified" for event in events)
    if youth is Answer.DISSENTED and rule.youth is Youth.NO_NEEDS_REASON and not justified:
        left.append(Missing.REASON_AFTER_NO)
    return left


@dataclass(frozen=True, slots=True)
class ExceptionRow:
    """A row of law/consent_exception.toml."""

    code: str
    column: str
    label: str
    hint: str
    after: str
    provision: str


def exceptions_for(
    signer: Signer,
    signers: Sequence[Signer],
    events: Collection[Happened],
    rule: SignerRule,
    on: date,
) -> list[ExceptionRow]:
    """The exceptions that may be asked for so that this guardian need not sign; none for a no, none for the youth.

    Where one is prevented the other decides (FB 6:13): then another guardian must be there to sign.
    """
    if signer.youth or rule.guardians is not Guardians.EVERY:
        return []
    answer = answer_of(signer.id, events)
    if answer in {Answer.REFUSED, Answer.SIGNED, Answer.EXCEPTED}:
        return []
    others = [
        one
        for one in signers
        if not one.youth
        and one.id != signer.id
        and answer_of(one.id, events) not in {Answer.EXCEPTED, Answer.REFUSED, Answer.UNREACHABLE}
    ]
    rows = [
        ExceptionRow(**{name: row[name] for name in ExceptionRow.__dataclass_fields__})
        for row in in_force("consent_exception", on)
    ]
    return [
        row
        for row in rows
        if rule.permits(row.column)
        and (not row.after or answer == row.after)
        and (row.column != "guardian_prevented" or others)
    ]


def exception_approvers(code: str, on: date) -> frozenset[str]:
    """The roles that may decide on that exception, for some age at least; the age was asked when it was asked for."""
    columns = [row["column"] for row in in_force("consent_exception", on) if row["code"] == code]
    return frozenset(
        role
        for row in in_force("consent_signer", on)
        if any(row[column] for column in columns)
        for role in row["approvers"]
    )
