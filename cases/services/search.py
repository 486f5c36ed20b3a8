"""Searching one's own cases: by case number, personnummer, samordningsnummer or name, and by nothing else.

Förordning (2001:637) 15 § names the only terms. Names have no index: those that the actor may see
already are opened and compared. What is hidden is not searched, so it gives what a miss gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

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
from cases.services.barred import cases_numbered, note_barred, people_barred, people_named
from cases.services.identifier import people_with_number
from crypto.blind import blind_indexes

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
        case_number = as_case_number(term)
        note_search(actor, case_number)
        note_barred(cases_numbered(actor, case_number))
        return _with_people(actor, _cases(actor, number=case_number))
    number = _identity_number(term)
    if number is not None:
        people = find_people(actor, number)
        return _with_people(actor, _cases(actor, person_id__in=people))
    note_search(actor, term.casefold())
    return _by_name(actor, term)


def as_case_number(typed: str) -> str:
    """The number as it stands on the case, with or without hyphen, space and capitals."""
    compact = re.sub(r"\W", "", typed.upper())
    return f"{compact[:3]}-{compact[3:]}"


def find_people(actor: Actor, number: IdentityNumber) -> set[UUID]:
    """The persons with that number whom the actor may see. One search event, hit or miss."""
    note_search(actor, number.digits)
    note_barred(people_barred(actor, number))
    return people_with_number(actor, number)


def note_search(actor: Actor, term: str) -> None:
    """One event; equal terms of one agency can be told apart from others by their keyed hash, and not read."""
    record(
        "search",
        object_type="cases.searchterm",
        object_id=_hash(actor, term) if term else None,
        purpose=door.Purpose.SEARCH,
    )


def _hash(actor: Actor, term: str) -> UUID:
    place = {"municipality_id": actor.municipality_id, "agency_id": actor.agency_id}
    # Its own words before it, so that no index of a number has the same value.
    return UUID(bytes=blind_indexes(f"search term: {term}", **place)[0])


def _by_name(actor: Actor, term: str) -> list[Hit]:
    if not any(character.isalpha() for character in term):
        return []
    note_barred(people_named(actor, sought(term)))
    people = door.find(actor, door.visible(actor, Person), "name", sought(term), most=MOST_SHOWN)
    rank = {person.row.id: at for at, person in enumerate(people)}
    hits = _hits(actor, _cases(actor, person_id__in=rank), people)
    return sorted(hits, key=lambda hit: rank[hit.case.row.person_id])


def _cases(actor: Actor, **lookup: object) -> list[Case]:
    return list(door.visible(actor, Case).filter(**lookup)[:MOST_SHOWN])


def _with_people(actor: Actor, cases: list[Case]) -> list[Hit]:
    people = door.visible(actor, Person).filter(pk__in={case.person_id for case in cases})
    return _hits(actor, cases, door.reveal(actor, people, door.Purpose.SEARCH, damaged=True))


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
