"""The numbers a person has or had: looking them up, and recording a new one without losing the earlier.

The index is what finds a number; a number that somebody here has already, seen or unseen, is kept without one, and
those who may see both get a match task (design §4). So a hit that is hidden gives exactly what no hit gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db.models import F

from access import door
from access.actor import Actor
from access.policy import Action
from access.request_transaction import record
from cases.models import Case, MatchTask, Person, PersonIdentifier
from cases.models.case import ENDED_STAGES
from cases.rules.identity_number import IdentityNumber
from cases.rules.protection import level
from cases.services.refusals import CaseStopped, ChangedMeanwhile
from crypto.blind import blind_indexes, hold_unique, look_up
from crypto.keys import DataKey, Scope, data_key
from crypto.seal import seal


class SameNumber(Exception):
    """The person has that number already."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Opened numbers of one person, the present one apart; earlier ones latest first."""

    present: door.Revealed[PersonIdentifier] | None
    earlier: list[door.Revealed[PersonIdentifier]]

    @property
    def seen(self) -> str:
        """What a page was written with, so that two who record at once do not overwrite each other."""
        return str(self.present.row.pk) if self.present else ""


def indexes_of(actor: Actor, number: IdentityNumber) -> list[bytes]:
    """What a number may be stored under in the actor's agency, the value to store first."""
    return blind_indexes(
        number.digits, municipality_id=actor.municipality_id, agency_id=actor.agency_id
    )


def people_known(actor: Actor, number: IdentityNumber) -> set[UUID]:
    """Whoever has or had the number in the actor's own agency, seen or unseen: never to be told. The caller notes the search."""
    return look_up(
        number.digits,
        lambda indexes: set(
            PersonIdentifier.objects.filter(index__in=indexes).values_list("person_id", flat=True)
        ),
        municipality_id=actor.municipality_id,
        agency_id=actor.agency_id,
    )


def people_with_number(actor: Actor, number: IdentityNumber) -> set[UUID]:
    """The persons with that number, now or earlier, whom the actor may see. The caller notes the search."""
    mine = door.visible(actor, PersonIdentifier)
    known = look_up(
        number.digits,
        lambda indexes: set(mine.filter(index__in=indexes).values_list("person_id", flat=True)),
        municipality_id=actor.municipality_id,
        agency_id=actor.agency_id,
    )
    # A number without index is one that somebody hidden here has too. The actor's own person must be found
    # all the same, or the miss would tell of the other. One that was never theirs finds nobody.
    unindexed = mine.filter(index__isnull=True).exclude(ends_at=F("starts_at"))
    for shown in door.find(actor, unindexed, "value", lambda text: text == number.digits):
        known.add(shown.row.person_id)
    return known


def numbers_of(actor: Actor, person: Person) -> Numbers:
    """What the actor may read of the person's numbers; the read is noted."""
    rows = door.visible(actor, PersonIdentifier).filter(person=person).order_by("-starts_at", "id")
    shown = door.reveal(actor, rows, door.Purpose.CASE_WORK)
    present = next((one for one in shown if one.row.ends_at is None), None)
    return Numbers(present, [one for one in shown if one.row.ends_at is not None])


def record_number(
    *, actor: Actor, case: Case, number: IdentityNumber, was_wrong: bool, seen: str, now: datetime
) -> None:
    """A new number for the case's person; the present one ends and stays findable.

    was_wrong: the present one was never theirs, so it finds nobody any more and blocks nobody else.
    Raises CaseStopped, ChangedMeanwhile, SameNumber.
    """
    if case.stage in ENDED_STAGES:
        raise CaseStopped
    person = door.open_one(actor, Person, case.person_id, action=Action.WRITE, lock=True)
    door.demand(actor, person, "identity", Action.WRITE)
    numbers = numbers_of(actor, person)
    if numbers.seen != seen:
        raise ChangedMeanwhile
    if numbers.present:
        if numbers.present.value == number.digits:
            raise SameNumber
        _end(numbers.present.row, was_wrong=was_wrong, now=now)
    key = data_key(
        municipality_id=person.municipality_id,
        agency_id=person.agency_id,
        scope=Scope.PERSON,
        scope_id=person.id,
    )
    add_identifier(actor=actor, person=person, key=key, number=number, now=now)
    record(
        "person.number",
        object_type="cases.person",
        object_id=person.id,
        case=(case.id, case.number),
    )


def _end(identifier: PersonIdentifier, *, was_wrong: bool, now: datetime) -> None:
    identifier.ends_at = identifier.starts_at if was_wrong else now
    identifier.index = None if was_wrong else identifier.index
    identifier.save(update_fields=["ends_at", "index"])


def add_identifier(
    *, actor: Actor, person: Person, key: DataKey, number: IdentityNumber, now: datetime
) -> None:
    """The person's number from now on. An index that is taken, seen or unseen, ends in the same way."""
    identifier_id = uuid4()
    identifier = PersonIdentifier(
        id=identifier_id,
        municipality_id=person.municipality_id,
        agency_id=person.agency_id,
        person=person,
        kind=number.kind,
        value=seal(
            number.digits, key=key, field="cases.person_identifier.value", row_id=identifier_id
        ),
        starts_at=now,
    )
    # The lock decides, with the constraint behind it: so two at once take the same way as one after the other.
    hold_unique(municipality_id=person.municipality_id, agency_id=person.agency_id)
    indexes = indexes_of(actor, number)
    known = (
        PersonIdentifier.objects.filter(index__in=indexes)
        .select_related("person")
        .order_by("starts_at")
        .first()
    )
    if known is None:
        identifier.index = indexes[0]
    identifier.save(force_insert=True)
    apart = level(person.protection, now.date()).own_person
    if known is not None and known.person_id != person.id and not apart:
        MatchTask.objects.create(
            municipality_id=identifier.municipality_id,
            agency_id=identifier.agency_id,
            newer=person,
            known=known.person,
            created_at=now,
        )
