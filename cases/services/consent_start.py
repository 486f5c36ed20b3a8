"""Beginning a consent: what is ticked, who must sign, and until when it can hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid4, uuid5

from access import door
from access.actor import Actor
from access.models import Unit
from access.policy import Action
from access.request_transaction import record
from cases.models import (
    Case,
    Consent,
    ConsentEvent,
    ConsentScope,
    ConsentSigner,
    Guardian,
    Person,
    Stage,
)
from cases.models.case import ENDED_STAGES
from cases.rules.consent import Guardians, SignerRule, Youth, last_day, signer_rule
from cases.rules.consent_awaited import KIND as AWAITED_KIND
from cases.rules.consent_awaited import answer_by
from cases.rules.consent_state import UNSIGNED, consent_state
from cases.services.case_seal import seal_texts
from cases.services.consent import end_unsigned, hold_case
from cases.services.consent_events import append
from cases.services.refusals import CaseStopped
from reminders.services import set_deadline
from reminders.working_days import local_date

Kind = ConsentEvent.Kind


class NoBirthDate(Exception):
    """Nobody can say who must sign: the case's person has no birth date, or the actor may not read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """What one unit may tell of and be told of, by kind of information."""

    unit: Unit
    may_share: frozenset[str]
    may_receive: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the form says. signed_by: in words, who is to sign; contact: how the young person wants to be reached."""

    ticks: Sequence[Tick]
    valid_from: date
    valid_to: date
    language: str = "sv"
    signed_by: str = ""
    not_shared: str = ""
    contact: str = ""
    interpreter: str = ""
    renews: Consent | None = None
    form_id: UUID = field(default_factory=uuid4)

    def __repr__(self) -> str:
        return "Offer(‹förseglat›)"


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoSigns:
    """For one young person on one day: the rule, the guardians in force, and the birth date it was asked of."""

    born: date
    rule: SignerRule
    guardians: list[door.Revealed[Guardian]]
    youth_name: str

    @property
    def guardians_sign(self) -> bool:
        return self.rule.guardians is Guardians.EVERY

    @property
    def youth_signs(self) -> bool:
        return self.rule.youth is Youth.SIGNS


def who_signs(actor: Actor, case: Case, *, on: date) -> WhoSigns:
    """Opens the birth date and the guardians' names, and asks the rule. Raises NoBirthDate."""
    row = door.visible(actor, Person).filter(pk=case.person_id).first()
    shown = door.reveal_one(actor, row, door.Purpose.CASE_WORK) if row else None
    written = shown.text.get("birth_date", "") if shown else ""
    if shown is None or not written:
        raise NoBirthDate
    born = date.fromisoformat(written)
    guardians = door.visible(actor, Guardian).in_force(on).filter(person_id=case.person_id)  # type: ignore[attr-defined]  # the door gives the model's own query set
    return WhoSigns(
        born=born,
        rule=signer_rule(born, on, municipality=actor.municipality_code),
        guardians=door.reveal(actor, guardians, door.Purpose.CASE_WORK, groups=("guardian",)),
        youth_name=shown.text["name"],
    )


def start_consent(*, actor: Actor, case: Case, offer: Offer, now: datetime) -> Consent:
    """A consent to be signed; sending the same form twice gives the same one. Raises CaseStopped, NoBirthDate.

    One that is begun replaces any other that nobody has given yet.
    """
    door.demand(actor, case, "consent", Action.CREATE)
    hold_case(case)
    if case.stage in ENDED_STAGES:
        raise CaseStopped
    # The id that a browser sent is this case's own: one known from another case is another.
    form_id = uuid5(case.pk, str(offer.form_id))
    sent = Consent.objects.filter(case=case, form_id=form_id).first()
    if sent is not None:
        return sent
    on = local_date(now)
    signs = who_signs(actor, case, on=on)
    for earlier in Consent.objects.filter(case=case):
        if consent_state(earlier, on) in UNSIGNED:
            end_unsigned(earlier, Kind.REPLACED, now=now)
    place = {"municipality_id": case.municipality_id, "agency_id": case.agency_id}
    row_id = uuid4()
    consent = Consent.objects.create(
        id=row_id,
        **place,
        case=case,
        language=offer.language,
        valid_from=offer.valid_from,
        valid_to=last_day(offer.valid_to, born=signs.born, on=on),
        rests_on_guardians=signs.guardians_sign,
        replaces=offer.renews,
        form_id=form_id,
        **seal_texts(
            case,
            model=Consent,
            row_id=row_id,
            texts={
                "signed_by": offer.signed_by,
                "not_shared": offer.not_shared,
                "contact": offer.contact,
                "interpreter": offer.interpreter,
            },
        ),
    )
    ConsentScope.objects.bulk_create(
        ConsentScope(
            **place,
            consent=consent,
            covers_agency=tick.unit.agency_id,
            covers_name=tick.unit.agency.name,
            covers_unit=tick.unit.id,
            covers_unit_name=tick.unit.name,
            kind=kind,
            may_share=kind in tick.may_share,
            may_receive=kind in tick.may_receive,
        )
        for tick in offer.ticks
        for kind in sorted(tick.may_share | tick.may_receive)
    )
    signers = [ConsentSigner(**place, consent=consent, must_sign=signs.youth_signs)]
    if signs.guardians_sign:
        signers += [
            ConsentSigner(**place, consent=consent, guardian=one.row, must_sign=True)
            for one in signs.guardians
        ]
    ConsentSigner.objects.bulk_create(signers)
    append(consent, Kind.DRAFTED, now=now)
    record(
        "consent.start",
        object_type="cases.consent",
        object_id=consent.id,
        case=(case.id, case.number),
    )
    return consent


def await_signatures(*, actor: Actor, consent: Consent, now: datetime) -> None:
    """The form is handed over to be signed: from now on it is reminded of. Doing it twice changes nothing."""
    door.demand(actor, consent, "consent", Action.WRITE)
    hold_case(consent.case)
    note_awaited(actor, consent, now)


def note_awaited(actor: Actor, consent: Consent, now: datetime) -> None:
    """For a consent whose case is held."""
    events = set(consent.events.values_list("kind", flat=True))
    if Kind.AWAITED in events or events & {Kind.GIVEN, Kind.DECLINED, Kind.REPLACED}:
        return
    append(consent, Kind.AWAITED, now=now)
    case = consent.case
    if case.stage == Stage.NEW:
        case.stage = Stage.AWAITING_CONSENT
        case.save(update_fields=["stage"])
    set_deadline(
        kind=AWAITED_KIND,
        subject_id=consent.id,
        label=case.number,
        route="consent_detail",
        responsible=actor.member,
        due_on=answer_by(local_date(now)),
    )
    record(
        "consent.await",
        object_type="cases.consent",
        object_id=consent.id,
        case=(case.id, case.number),
    )
