"""The walk through a pledge: each paragraph is placed by what was opened above it."""

import re
from collections.abc import Callable, Sequence

from safety.pledge_text.focus import area_name, areas_in_sentence, split_areas
from safety.pledge_text.found import Found
from safety.pledge_text.headings import (
    ABOUT,
    ACTIVITY,
    DETAIL,
    FURNITURE,
    NO_WORDS,
    ONE_AREA,
    RESPONSIBLE,
    Heading,
    Opens,
    bare,
    lead,
)
from safety.pledge_text.paragraphs import Paragraph
from safety.pledge_text.promisers import Grammar
from safety.pledge_text.result import Bucket, Promiser
from safety.pledge_text.sections import LABEL, Section, names_activities, opened
from safety.pledge_text.sentences import running_promises
from safety.pledge_text.within import Reading, place_within

THE_FOLLOWING = re.compile(r"\bföljande\b.*löfte", re.IGNORECASE)
LETTERS = re.compile(r"[^\W\d_]{2}")
SHORT_SIGNATURE = 9


class Walk:
    """One reading; `places` says where each paragraph ended, `found` what they gave."""

    def __init__(
        self,
        items: Sequence[Paragraph],
        grammar: Grammar,
        *,
        default: Promiser,
        withheld: set[int],
        generous: bool = False,
    ) -> None:
        self.items = items
        self.grammar = grammar
        self.withheld = withheld
        self.found = Found(grammar, default)
        self.now = Reading(items, grammar, self.found, generous)
        self.met_section = False
        self.places: list[Bucket] = []
        for at, item in enumerate(items):
            self.places.append(self._place(at, item))

    def _place(self, at: int, item: Paragraph) -> Bucket:
        if at in self.withheld:
            return self._official(item)
        if self.now.section.opens is Opens.ARCHIVE or not LETTERS.search(item.text):
            return Bucket.UNPLACED
        if not item.marker and FURNITURE.fullmatch(bare(item.text)):
            return Bucket.UNPLACED
        if self.now.section.inside and not item.marker and NO_WORDS.fullmatch(item.text):
            return Bucket.HEADING  # an "att:" that the heading left on a line of its own
        steps: tuple[Callable[[int, Paragraph], Bucket | None], ...] = (
            self._detail,
            self._labelled,
            self._headed,
            self._running,
            self._leading,
            lambda at, _item: place_within(self.now, at),
        )
        places = (step(at, item) for step in steps)
        return next((place for place in places if place is not None), Bucket.UNPLACED)

    def _official(self, item: Paragraph) -> Bucket:
        """A signature ends the list above it; a quotation does not."""
        signature = not item.marker and len(item.text.split()) <= SHORT_SIGNATURE
        if signature and self.now.section.opens not in {None, Opens.CONTACT, Opens.ARCHIVE}:
            self.now.section = Section(Opens.OTHER, year=self.now.section.year)
        return Bucket.WITHHELD

    def _detail(self, at: int, item: Paragraph) -> Bucket | None:
        """A lone focus area above its promises, or who and when beneath them."""
        if item.marker:
            return None
        area = ONE_AREA.fullmatch(item.text)
        if area and not item.text.endswith("."):
            self.found.focus([area_name(area["name"])])
            self.now.section.new_list()
            return Bucket.FOCUS
        if not self.now.section.inside:
            return None
        if responsible := RESPONSIBLE.fullmatch(item.text):
            self.found.responsible(self.now.section.promise, responsible["who"])
        if ACTIVITY.fullmatch(item.text) and self.found.promises:
            self.found.activity(item, self.found.only_promise(self.now.section))
            return Bucket.ACTIVITY
        return Bucket.UNPLACED if DETAIL.fullmatch(item.text) else None

    def _labelled(self, at: int, item: Paragraph) -> Bucket | None:
        """A promise with a number, "LÖFTE 1: …"; what follows is how it will be kept."""
        match = LABEL.fullmatch(item.text)
        if match is None:
            return None
        self.met_section = True
        before, rest = self.now.section, match["rest"] or match["only"] or ""
        own = before.promiser if before.inside else None
        self.now.section = Section(Opens.PROMISES, own, joint=before.joint, year=before.year)
        if not LETTERS.search(rest):
            return Bucket.HEADING
        heading = self.grammar.heading(rest, inside=True)
        if heading is not None and heading.promiser is not None and not heading.inline:
            self.now.section.promiser, self.now.section.joint = heading.promiser, heading.joint
            return Bucket.HEADING
        self.found.promise(item, rest, self.now.section)
        self.now.open_activities(len(self.found.promises) - 1)
        return Bucket.PROMISE

    def _headed(self, at: int, item: Paragraph) -> Bucket | None:
        inside = self.now.section.inside and not item.marker
        heading = self.grammar.heading(item.text, inside=inside)
        if heading is None or not self._counts(heading, item):
            return None
        if names_activities(item.text) and self.found.promises and self._within_promises():
            self.now.open_activities(self.found.only_promise(self.now.section))
            return Bucket.HEADING
        section = opened(heading, item.text, self.now.section)
        if heading.opens is Opens.PROMISES:
            self.met_section = True
            if THE_FOLLOWING.search(item.text):
                self._set_aside_summary()
            if heading.strict and self.found.year and section.year != self.found.year:
                section.opens = Opens.ARCHIVE  # last year's pledge, kept below on the page
        before, self.now.section = self.now.section, section
        if not heading.inline:
            return Bucket.HEADING
        place = self._inline(item, heading.inline)
        if place is not Bucket.PROMISE:
            self.now.section = before  # "Kontakt: …" is a line, not a part of the pledge
        return place

    def _within_promises(self) -> bool:
        return self.now.section.inside and not self.now.section.of_activities

    def _counts(self, heading: Heading, item: Paragraph) -> bool:
        promising = heading.opens is Opens.PROMISES
        if item.marker:
            named = promising and not heading.strict and heading.promiser is not None
            return named or (item.marker == "number" and not heading.inline)
        if self.now.section.opens is Opens.CONTACT and promising:
            return not heading.strict
        if self.now.section.opens is Opens.PROMISES and item.text[:1].islower():
            return promising
        return True

    def _set_aside_summary(self) -> None:
        """A sentence above "följande löften" sums up what is promised below; it is no promise."""
        if len(self.found.promises) == 1 and not self.found.activities:
            summary = self.found.promises.pop()
            at = next(n for n, one in enumerate(self.items) if one.number == summary.line)
            self.places[at] = Bucket.BACKGROUND

    def _inline(self, item: Paragraph, rest: str) -> Bucket:
        """What stands after the colon, on the heading's own line."""
        if self.now.section.opens is Opens.FOCUS:
            self.found.focus(split_areas(rest))
            return Bucket.FOCUS
        if self.now.section.opens is Opens.PROMISES:
            self.found.promise(item, rest, self.now.section)
            return Bucket.PROMISE
        if self.now.section.opens is Opens.CONTACT:
            return Bucket.WITHHELD
        self.found.focus(areas_in_sentence(item.text))
        background = self.now.section.opens is Opens.BACKGROUND
        return Bucket.BACKGROUND if background else Bucket.UNPLACED

    def _running(self, at: int, item: Paragraph) -> Bucket | None:
        """A sentence that promises, wherever it stands but among contacts."""
        running = running_promises(item.text, self.grammar)
        section = self.now.section
        if not running.promises or section.opens is Opens.CONTACT:
            return None
        if not section.inside and not running.names_a_party:
            return None  # "vi lovar" of nobody knows whom: a quotation, or another page
        self.met_section = True
        if item.marker and (section.opens is Opens.ACTIVITIES or section.is_below(item)):
            return None
        by_heading = section.promiser if section.inside else None
        for one in running.promises:
            self.found.promise(
                item, one.text, section, one.promiser or by_heading or self.found.default
            )
        if running.leads_on:
            self.now.open_activities(len(self.found.promises) - 1)
        return Bucket.PROMISE

    def _leading(self, at: int, item: Paragraph) -> Bucket | None:
        """A sentence that ends in a colon, as "Detta ska göras genom att:"."""
        if item.marker or not item.text.endswith(":") or not self._lead_applies(item.text):
            return None
        opens, before = lead(item.text), self.now.section
        if opens is Opens.ACTIVITIES and self.places and self.places[-1] is Bucket.PROMISE:
            self.now.open_activities(self.found.only_promise(before))
        elif opens in {Opens.ACTIVITIES, Opens.PROMISES}:
            self.met_section = True
            self.now.section = Section(
                Opens.PROMISES, before.promiser, joint=before.joint, year=before.year
            )
        elif opens is None:
            before.soft = before.strict
            before.new_list()
        else:
            self.now.section = opened(Heading(opens), item.text, before)
        return Bucket.HEADING

    def _lead_applies(self, text: str) -> bool:
        opens = lead(text)
        if self.now.section.inside:
            return True
        if opens in {Opens.FOCUS, Opens.BACKGROUND}:
            return self.now.section.opens not in {Opens.CONTACT, Opens.OTHER}
        committed = self.grammar.commits(text) or ABOUT.search(text) is not None
        return opens is not None and self.now.section.opens is None and committed
