"""Paragraphs that open nothing are placed by the section they stand in."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from safety.pledge_text.focus import area_name, areas_in_sentence
from safety.pledge_text.found import Found
from safety.pledge_text.headings import ABOUT, PLEDGE, Opens
from safety.pledge_text.paragraphs import Paragraph
from safety.pledge_text.promisers import Grammar
from safety.pledge_text.result import Bucket
from safety.pledge_text.sections import Section, looks_like_heading

OF_THE_PLEDGE = re.compile(
    rf"^(?:(?:detta|det\s+här|dessa|här|ett|vårt|våra|i)\b.*{PLEDGE}|{PLEDGE}|löftena?|löftet)\b",
    re.IGNORECASE,
)
OF_A_PLEDGE = re.compile(PLEDGE, re.IGNORECASE)
TO_DO = re.compile(
    r"\b(?:ska|skall|kommer\s+(?:\w+\s+)?att|innebär\s+att|genomför\w*)\b", re.IGNORECASE
)
SHORT_AREA = 10


@dataclass
class Reading:
    """Where a walk stands: what is open, and what was found above."""

    items: Sequence[Paragraph]
    grammar: Grammar
    found: Found
    generous: bool = False  # prose under a pledge's heading may be a promise
    section: Section = field(default_factory=Section)

    def following(self, at: int) -> Paragraph | None:
        return self.items[at + 1] if at + 1 < len(self.items) else None

    def open_activities(self, promise: int | None) -> None:
        before = self.section
        parent = before.parent if before.opens is Opens.ACTIVITIES else before
        self.section = Section(Opens.ACTIVITIES, promise=promise, parent=parent, year=before.year)


def place_within(now: Reading, at: int) -> Bucket:
    """The place of a paragraph that is no heading and no sentence of its own."""
    opens = now.section.opens
    if opens is not Opens.FOCUS:
        now.found.focus(areas_in_sentence(now.items[at].text))
    place = BY_SECTION.get(opens)
    return place(now, at) if place else Bucket.UNPLACED


def _in_promises(now: Reading, at: int) -> Bucket:
    section, item = now.section, now.items[at]
    if item.marker and not section.marker:
        section.begins(list(takewhile(lambda other: other.marker, now.items[at:])))
    if section.is_below(item):
        now.found.activity(item, len(now.found.promises) - 1)
        return Bucket.ACTIVITY
    if section.rivals and now.grammar.doer(item.text) is None:
        return Bucket.UNPLACED  # two columns run together: whose it is only a reader can tell
    if section.soft and not now.grammar.commits(item.text):
        return _beside(now, at)
    if item.marker or now.grammar.commits(item.text):
        now.found.promise(item, item.text, section)
        return Bucket.PROMISE
    return _prose(now, at)


def _prose(now: Reading, at: int) -> Bucket:
    section, item = now.section, now.items[at]
    if looks_like_heading(item) and _is_theme(now, at):
        section.new_list()
        return Bucket.HEADING
    if OF_THE_PLEDGE.match(item.text):
        return Bucket.BACKGROUND
    if section.strict and not _is_promise_in_prose(now, item.text):
        return _beside(now, at)
    unknown_heading = looks_like_heading(item) and section.items > 0 and section.closed
    if section.marker or unknown_heading or item.heading:
        section.soft = True
        return _beside(now, at)
    now.found.promise(item, item.text, section)
    return Bucket.PROMISE


def _is_promise_in_prose(now: Reading, text: str) -> bool:
    may = now.generous and now.section.prose and not OF_A_PLEDGE.search(text)
    return may and TO_DO.search(text) is not None


def _is_theme(now: Reading, at: int) -> bool:
    """Whether a short line heads the promises that follow it."""
    following = now.following(at)
    if following is None:
        return False
    if following.marker:
        return not now.section.soft
    first = now.section.items == 0 and not now.section.marker
    return first and following.after_blank and following.text.endswith(".")


def _in_activities(now: Reading, at: int) -> Bucket:
    section, item = now.section, now.items[at]
    if looks_like_heading(item):
        following = now.following(at)
        if following is not None and following.marker:
            return Bucket.HEADING
    elif item.marker or now.grammar.commits(item.text) or not section.items:
        now.found.activity(item, section.promise)
        section.took(item)
        return Bucket.ACTIVITY
    return _back(now, at)


def _in_focus(now: Reading, at: int) -> Bucket:
    section, item = now.section, now.items[at]
    short = len(item.text.split()) <= SHORT_AREA and not item.text.endswith((".", ":"))
    labelled = area_name(item.text) != item.text.rstrip(" .,;")
    if item.marker or ((short or labelled) and not section.marker):
        now.found.focus([area_name(item.text)])
        section.took(item)
        return Bucket.FOCUS
    return _back(now, at)


def _back(now: Reading, at: int) -> Bucket:
    """The list is over: what stood open around it is open again, warily."""
    now.section = now.section.parent or Section()
    now.section.soft = now.section.opens is Opens.PROMISES
    return place_within(now, at)


def _beside(now: Reading, at: int) -> Bucket:
    return Bucket.BACKGROUND if ABOUT.search(now.items[at].text) else Bucket.UNPLACED


BY_SECTION: dict[Opens | None, Callable[[Reading, int], Bucket]] = {
    None: _beside,
    Opens.PROMISES: _in_promises,
    Opens.ACTIVITIES: _in_activities,
    Opens.FOCUS: _in_focus,
    Opens.BACKGROUND: lambda _now, _at: Bucket.BACKGROUND,
    Opens.CONTACT: lambda _now, _at: Bucket.WITHHELD,
}
