"""Guardians of a young person: registered, changed, ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid4, uuid5

from access import door
from access.actor import Actor
from access.policy import Action
from cases.models import Case, Guardian
from cases.models.case import ENDED_STAGES
from cases.rules.codes import row_of
from cases.services.consent import hold_case
from cases.services.guardian_end import note_guardian
from cases.services.refusals import CaseStopped
from crypto.keys import DataKey, Scope, data_key
from crypto.seal import seal
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


def guardians_of(actor: Actor, case: Case, *, on: date) -> list[door.Revealed[Guardian]]:
    """Those in force on that day, as much as the actor may read of them."""
    rows = door.visible(actor, Guardian).filter(
        person_id=case.person_id, pk__in=Guardian.objects.in_force(on)
    )
    return door.reveal(actor, rows, door.Purpose.CASE_WORK)


def add_guardian(*, actor: Actor, case: Case, facts: GuardianFacts, now: datetime) -> Guardian:
    """Sending the same form twice gives the same guardian. Raises CaseStopped, NoRule."""
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
        **{
            name: seal(
                getattr(facts, name),
                key=_key(case),
                field=f"cases.guardian.{name}",
                row_id=row_id,
            )
            for name in TEXTS
        },
    )
    note_guardian("guardian.add", guardian, case)
    return guardian


def end_guardian(
    *, actor: Actor, guardian: Guardian, case: Case, last_day: date, now: datetime
) -> None:
    """The custody ends; what was signed while it lasted stands until it is withdrawn, renewed or over."""
    door.demand(actor, guardian, "guardian", Action.WRITE)
    hold_case(case)
    guardian.ends_on = max(last_day, guardian.starts_on)
    guardian.save(update_fields=["ends_on"])
    note_guardian("guardian.end", guardian, case)


def _key(case: Case) -> DataKey:
    return data_key(
        municipality_id=case.municipality_id,
        agency_id=case.agency_id,
        scope=Scope.PERSON,
        scope_id=case.person_id,
    )
