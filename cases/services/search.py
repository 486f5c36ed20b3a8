"""Searching one's own cases: by case number, personnummer, samordningsnummer or name, and by nothing else.

Förordning (2001:637) 15 § names the only terms. Names have no index: those that the actor may see
already are opened and compared. What is hidden is not searched, so it gives what a miss gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from access import door
from access.actor import Actor
from access.request_transaction import record
from cases.models import Case, Person
from cases.rules.identity_number import (
    IdentityNumber,
    NotAnIdentityNumber,
    read_identity_number,
)
from cases.rules.name_match import sought
from cases.services.identifier import people_with_number

CASE_NUMBER = re.compile(r"[A-ZÅÄÖ]\d{2}\W?[0-9A-Z]{5}", re.IGNORECASE)
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Hit:
    case: door.Revealed[Case]
    person: door.Revealed[Person] | None


def find_cases(*, actor: Actor, term: str) -> list[Hit]:
    """The actor's own cases that fit, best first. One search event, hit or miss; the term is not in it."""
    term = " ".join(term.split())
    if CASE_NUMBER.fullmatch(term):
        compact = re.sub(r"\W", "", term.upper())
        note_search()
        return _with_people(actor, _cases(actor, number=f"{compact[:3]}-{compact[3:]}"))
    number = _identity_number(term)
    if number is not None:
        people = people_with_number(actor, number)
        return _with_people(actor, _cases(actor, person_id__in=people))
    return _by_name(actor, term)


def note_search() -> None:
    record("search", object_type="cases.case", object_id=None, purpose=door.Purpose.SEARCH)


def _by_name(actor: Actor, term: str) -> list[Hit]:
    if not any(character.isalpha() for character in term):
        note_search()
        return []
    people = door.find(actor, door.visible(actor, Person), "name", sought(term), most=MOST_SHOWN)
    rank = {person.row.id: at for at, person in enumerate(people)}
    hits = _hits(actor, _cases(actor, person_id__in=rank), people)
    return sorted(hits, key=lambda hit: rank[hit.case.row.person_id])


def _cases(actor: Actor, **lookup: object) -> list[Case]:
    return list(door.visible(actor, Case).filter(**lookup)[:MOST_SHOWN])


def _with_people(actor: Actor, cases: list[Case]) -> list[Hit]:
    people = door.visible(actor, Person).filter(pk__in={case.person_id for case in cases})
    return _hits(actor, cases, door.reveal(actor, people, door.Purpose.SEARCH))


def _hits(actor: Actor, cases: list[Case], people: Iterable[door.Revealed[Person]]) -> list[Hit]:
    by_id = {person.row.id: person for person in people}
    return [
        Hit(case, by_id.get(case.row.person_id))
        for case in door.reveal(actor, cases, door.Purpose.SEARCH)
    ]


def _identity_number(term: str) -> IdentityNumber | None:
    try:
        return read_identity_number(term)
    except NotAnIdentityNumber:
        return None
