"""What a reading of a pledge gives: plain frozen values, no Django."""

from dataclasses import dataclass, field
from enum import StrEnum


class Promiser(StrEnum):
    MUNICIPALITY = "municipality"
    POLICE = "police"
    TOGETHER = "together"


class Bucket(StrEnum):
    """Where a line of the text ended; every line that is not empty ends in exactly one."""

    TITLE = "title"
    HEADING = "heading"
    PROMISE = "promise"
    ACTIVITY = "activity"
    FOCUS = "focus"
    BACKGROUND = "background"
    WITHHELD = "withheld"
    UNPLACED = "unplaced"


@dataclass(frozen=True)
class TextLine:
    """A line of the text as it stands, with its number from 1."""

    line: int
    text: str


@dataclass(frozen=True)
class ReadPromise:
    """One promise, word for word: only the bullet is gone and white space folded."""

    promiser: Promiser
    text: str
    line: int


@dataclass(frozen=True)
class ReadActivity:
    """What a promise will be kept by; `promise` is its place in `promises`, or None for the whole."""

    promise: int | None
    promiser: Promiser
    text: str
    line: int


@dataclass(frozen=True)
class PlacedLine:
    line: int
    bucket: Bucket


@dataclass(frozen=True)
class PledgeReading:
    """A pledge as read; `withheld` names officials and is for counting, never for publishing."""

    year: int | None
    last_year: int | None
    title: str
    parties: tuple[str, ...]
    promises: tuple[ReadPromise, ...]
    activities: tuple[ReadActivity, ...]
    focus_areas: tuple[str, ...]
    focus_lines: tuple[TextLine, ...]
    background: tuple[TextLine, ...]
    headings: tuple[TextLine, ...]
    unplaced: tuple[TextLine, ...]
    withheld: tuple[TextLine, ...] = field(repr=False)
    placed: tuple[PlacedLine, ...] = field(repr=False)
