"""Searching one's own cases: by case number, personnummer, samordningsnummer or name, and by nothing else.

Förordning (2001:637) 15 § names the only terms. Names have no index: those that the actor may see
already are opened and compared. What is hidden is not searched, so it gives what a miss gives.
"""

from __future__ import annotations

import re
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
        return _hits(actor, number=f"{compact[:3]}-{compact[3:]}")
    number = _identity_number(term)
    if number is not None:
        return _hits(actor, person_id__in=people_with_number(actor, number))
    return _by_name(actor, term)


def note_search() -> None:
    record("search", object_type="cases.case", object_id=None, purpose=door.Purpose.SEARCH)


def _by_name(actor: Actor, term: str) -> list[Hit]:
    if not any(character.isalpha() for character in term):
        note_search()
        return []
    fit = sought(term)
    scores: dict[UUID, float] = {}
    people = door.find(
        actor, door.visible(actor, Person), lambda text: fit(text.get("name", "")) > 0
    )
    for shown in people:
        scores[shown.row.id] = fit(shown.name)
    best = sorted(scores, key=lambda person: scores[person], reverse=True)[:MOST_SHOWN]
    hits = _hits(actor, person_id__in=best)
    return sorted(hits, key=lambda hit: scores[hit.case.row.person_id], reverse=True)


def _hits(actor: Actor, **lookup: object) -> list[Hit]:
    rows = list(door.visible(actor, Case).filter(**lookup)[:MOST_SHOWN])
    people = {
        shown.row.id: shown
        for shown in door.reveal(
            actor,
            door.visible(actor, Person).filter(pk__in={row.person_id for row in rows}),
            door.Purpose.SEARCH,
        )
    }
    return [
        Hit(case, people.get(case.row.person_id))
        for case in door.reveal(actor, rows, door.Purpose.SEARCH)
    ]


def _identity_number(term: str) -> IdentityNumber | None:
    try:
        return read_identity_number(term)
    except NotAnIdentityNumber:
        return None
