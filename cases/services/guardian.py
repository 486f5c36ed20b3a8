"""Guardians of a young person: registered, corrected, ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid4, uuid5

from access import door
from access.actor import Actor
from access.policy import Action
from cases.models import Case, Guardian, GuardianCorrection
from cases.models.case import ENDED_STAGES
from cases.rules.codes import row_of
from cases.services.case_seal import uid_of
from cases.services.consent import hold_case
from cases.services.custody import end_what_lacked, tell_consents
from cases.services.guardian_end import note_guardian
from cases.services.refusals import CaseStopped, ChangedMeanwhile
from crypto.keys import DataKey, Scope, data_key
from crypto.seal import seal
from crypto.sealed import Sealed
from reminders.working_days import local_date

TEXTS = ("name", "phone", "address")


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardianFacts:
    """custody: a code of law/custody.toml."""

    name: str
    phone: str
    address: str
    custody: str
    starts_on: date
    form_id: UUID = field(default_factory=uuid4)

    def __repr__(self) -> str:
        return "GuardianFacts(‹förseglat›)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What should have stood. address: None where nobody may write one. name_was: as it stood, where it was wrong."""

    name: str
    name_was: str
    phone: str
    address: str | None
    custody: str
    reason: str

    def __repr__(self) -> str:
        return "Correction(‹förseglat›)"


def guardians_of(actor: Actor, case: Case, *, on: date) -> list[door.Revealed[Guardian]]:
    """Those in force on that day, as much as the actor may read of them."""
    rows = door.visible(actor, Guardian).filter(
        person_id=case.person_id, pk__in=Guardian.objects.in_force(on)
    )
    return door.reveal(actor, rows, door.Purpose.CASE_WORK)


def add_guardian(*, actor: Actor, case: Case, facts: GuardianFacts, now: datetime) -> Guardian:
    """Sending the same form twice gives the same guardian. Raises CaseStopped, NoRule.

    A consent in force that was given while this guardian, not named in it, had custody too ends at once.
    """
    door.demand(actor, case, "case", Action.WRITE)
    hold_case(case)
    if case.stage in ENDED_STAGES:
        raise CaseStopped
    row_of("custody", facts.custody, local_date(now))
    # The id that a browser sent is this person's own: one known from another case is another.
    form_id = uuid5(case.person_id, str(facts.form_id))
    sent = Guardian.objects.filter(person_id=case.person_id, form_id=form_id).first()
    if sent is not None:
        return sent
    row_id = uuid4()
    guardian = Guardian.objects.create(
        id=row_id,
        municipality_id=case.municipality_id,
        agency_id=case.agency_id,
        person_id=case.person_id,
        custody=facts.custody,
        starts_on=facts.starts_on,
        form_id=form_id,
        **_sealed(case, row_id, {name: getattr(facts, name) for name in TEXTS}),
    )
    note_guardian("guardian.add", guardian, case)
    end_what_lacked(case, now)
    return guardian


def version_of(guardian: Guardian) -> int:
    """How many times it has been corrected."""
    return guardian.corrections.count()


def correct_guardian(
    *,
    actor: Actor,
    guardian: Guardian,
    case: Case,
    to: Correction,
    seen_version: int,
    now: datetime,
) -> None:
    """What was entered wrong from the beginning is put right, and what stood is kept with the reason.

    Who must sign is asked anew at once: an open consent shows what it lacks now, one in force that lacked somebody ends.
    Raises ChangedMeanwhile where the guardian has been corrected or the custody has ended since, CaseStopped, NoRule.
    """
    door.demand(actor, guardian, "guardian", Action.WRITE)
    door.demand(actor, guardian, "contact", Action.WRITE)
    hold_case(case)
    if case.stage in ENDED_STAGES:
        raise CaseStopped
    today = local_date(now)
    row_of("custody", to.custody, today)
    guardian = Guardian.objects.get(pk=guardian.pk)
    over = guardian.ends_on is not None and guardian.ends_on < today
    if over or version_of(guardian) != seen_version:
        raise ChangedMeanwhile
    _keep_what_stood(actor, guardian, case, to, now)
    custody_was, guardian.custody = guardian.custody, to.custody
    texts = {"name": to.name, "phone": to.phone}
    if to.address is not None:
        texts["address"] = to.address
    for name, sealed in _sealed(case, guardian.id, texts).items():
        setattr(guardian, name, sealed)
    guardian.save(update_fields=["custody", *texts])
    note_guardian("guardian.change", guardian, case)
    if custody_was != guardian.custody:
        tell_consents(case, now)
        end_what_lacked(case, now)


def _keep_what_stood(
    actor: Actor, guardian: Guardian, case: Case, to: Correction, now: datetime
) -> None:
    row_id, key = uuid4(), _key(case)
    texts = {"reason": to.reason} | ({"name_was": to.name_was} if to.name_was else {})
    GuardianCorrection.objects.create(
        id=row_id,
        municipality_id=guardian.municipality_id,
        agency_id=guardian.agency_id,
        guardian=guardian,
        custody_was=guardian.custody,
        at=now,
        recorded_by=actor.member,
        **{
            name: seal(text, key=key, field=uid_of(GuardianCorrection, name), row_id=row_id)
            for name, text in texts.items()
        },
    )


def end_guardian(
    *, actor: Actor, guardian: Guardian, case: Case, last_day: date, now: datetime
) -> None:
    """The custody ends; what was signed while it lasted stands until it is withdrawn, renewed or over."""
    door.demand(actor, guardian, "guardian", Action.WRITE)
    hold_case(case)
    guardian.ends_on = max(last_day, guardian.starts_on)
    guardian.save(update_fields=["ends_on"])
    note_guardian("guardian.end", guardian, case)


def _sealed(case: Case, row_id: UUID, texts: Mapping[str, str]) -> dict[str, Sealed]:
    key = _key(case)
    return {
        name: seal(text, key=key, field=uid_of(Guardian, name), row_id=row_id)
        for name, text in texts.items()
    }


def _key(case: Case) -> DataKey:
    return data_key(
        municipality_id=case.municipality_id,
        agency_id=case.agency_id,
        scope=Scope.PERSON,
        scope_id=case.person_id,
    )
