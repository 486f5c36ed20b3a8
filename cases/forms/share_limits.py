"""What can be told on a basis, to whom, until when: the bounds of the last form of Dela."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from access.models import Membership
from cases.rules.outside_receiver import OutsideReceiver


def body_of(kind: str, kinds: Mapping[str, str]) -> str:
    """The field for the text of one kind: `body` where it is the only one."""
    return f"body_{kind}" if len(kinds) > 1 else "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the second step may offer.

    kinds: those that the basis covers, with what they are called. people: who can be named at the receiving unit;
    there: the receiver that has none here. names: of the person, for the check of a text without identity.
    """

    kinds: Mapping[str, str]
    people: Sequence[Membership]
    there: OutsideReceiver | None
    latest: date
    written: bool
    past: bool
    today: date
    names: Sequence[str] = ()
