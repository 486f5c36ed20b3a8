"""What is open while a pledge is read, and how one paragraph's words change that."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from safety.pledge_text.headings import ACTIVITIES, PLEDGE, Heading, Opens, bare
from safety.pledge_text.paragraphs import Paragraph
from safety.pledge_text.result import Promiser

LABEL = re.compile(
    r"(?:medborgar|trygghets)?löfte\s*(?:nr\.?\s*|nummer\s+)?"
    r"(?:\d{1,2}|I{1,3}|IV|VI{0,3}|ett|två|tre|fyra|fem|sex|sju|åtta|nio|tio)"
    r"\s*(?:[.:–—-]+\s*(?P<rest>.*)|$)"
    r"|löfte\s*:\s+(?P<only>\S.*)",
    re.IGNORECASE,
)
SENTENCE_CLOSED = (".", "!", "?")
MOST_WORDS_OF_A_THEME = 8
PLEDGE_WORD = re.compile(PLEDGE, re.IGNORECASE)
YEAR = re.compile(r"20[1-4]\d")
FEWEST_OF_A_LEVEL = 2
DASHES = str.maketrans("–—", "--")


@dataclass
class Section:
    """What the paragraphs under the last heading are taken for."""

    opens: Opens | None = None  # None before the first heading
    promiser: Promiser | None = None
    joint: bool = False
    strict: bool = False
    parent: "Section | None" = None
    promise: int | None = None  # of activities: the promise they serve
    rivals: set[Promiser] = field(
        default_factory=set
    )  # headings side by side, with nothing between
    soft: bool = False  # an unknown heading came: only who says what they will do is a promise
    year: str = ""
    prose: bool = False  # its heading is no mere page title: prose below may be promises
    of_activities: bool = False  # its heading is "Aktiviteter", and no other names the promises
    items: int = 0
    closed: bool = False  # the last item ended its sentence
    marker: str = ""
    indent: int = 0
    step: int = 2  # how much further in the next level of the list begins

    @property
    def inside(self) -> bool:
        return self.opens in {Opens.PROMISES, Opens.ACTIVITIES}

    def took(self, item: Paragraph) -> None:
        self.items += 1
        self.closed = item.text.endswith(SENTENCE_CLOSED)
        if item.marker and not self.marker:
            self.marker, self.indent = kind_of(item.marker), item.indent

    def new_list(self) -> None:
        self.marker, self.step = "", 2

    def begins(self, run: Sequence[Paragraph]) -> None:
        """Look through a list to its end: one step of white space may be a level, or a slip."""
        further = sum(item.indent == run[0].indent + 1 for item in run)
        same = sum(item.indent == run[0].indent for item in run)
        self.step = 1 if further >= FEWEST_OF_A_LEVEL and same >= FEWEST_OF_A_LEVEL else 2

    def is_below(self, item: Paragraph) -> bool:
        """Whether an item of a list is one level down, an activity of the promise above it."""
        if not self.items or not self.marker or not item.marker:
            return False
        if item.indent >= self.indent + self.step:
            return True
        other = kind_of(item.marker) != self.marker
        return other and kind_of(item.marker) != "number" and item.indent >= self.indent


def kind_of(marker: str) -> str:
    return marker.translate(DASHES)


def opened(heading: Heading, text: str, before: Section) -> Section:
    """The section a heading opens, seen from the one it ends."""
    year = YEAR.search(text) if heading.opens is Opens.PROMISES else None
    section = Section(
        opens=heading.opens,
        promiser=heading.promiser,
        joint=heading.joint,
        strict=heading.strict,
        year=year[0] if year else before.year,
        of_activities=names_activities(text),
        prose=year is not None or PLEDGE_WORD.search(text) is None,
    )
    if heading.opens is Opens.FOCUS:
        section.parent = before
    single = {Promiser.POLICE, Promiser.MUNICIPALITY}
    if before.opens is Opens.PROMISES and not before.items and not heading.inline:
        names = before.rivals | {before.promiser, heading.promiser}
        if names == single:
            section.rivals = single
    return section


def names_activities(text: str) -> bool:
    return ACTIVITIES.fullmatch(bare(text)) is not None


def looks_like_heading(item: Paragraph) -> bool:
    """Short, begins like a title, ends no sentence."""
    text = item.text
    return item.heading or (
        not item.marker
        and len(text.split()) <= MOST_WORDS_OF_A_THEME
        and not text.endswith((".", ",", ";", "!"))
        and not text[:1].islower()
    )
