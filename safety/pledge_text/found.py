"""What a walk through a pledge has found so far."""

from collections.abc import Sequence
from dataclasses import replace

from safety.pledge_text.actors import named
from safety.pledge_text.paragraphs import Paragraph
from safety.pledge_text.promisers import Grammar
from safety.pledge_text.result import Promiser, ReadActivity, ReadPromise
from safety.pledge_text.sections import Section


class Found:
    """The promises, activities and focus areas, in the order of the text."""

    def __init__(self, grammar: Grammar, default: Promiser) -> None:
        self.grammar = grammar
        self.default = default
        self.promises: list[ReadPromise] = []
        self.activities: list[ReadActivity] = []
        self.focus_areas: list[str] = []
        self.year = ""  # of the heading above the first promise

    def promise(
        self, item: Paragraph, text: str, section: Section, promiser: Promiser | None = None
    ) -> None:
        who = promiser or self.promiser_of(text, section)
        self.promises.append(ReadPromise(who, text.strip(), item.number))
        self.year = self.year or section.year
        section.took(item)

    def promiser_of(self, text: str, section: Section) -> Promiser:
        """The heading's party; where it names both or nobody, the party the text begins with."""
        if section.joint:
            return Promiser.TOGETHER
        single = section.promiser in {Promiser.POLICE, Promiser.MUNICIPALITY}
        if single and section.promiser and not section.rivals:
            return section.promiser
        return self.grammar.doer(text) or section.promiser or self.default

    def activity(self, item: Paragraph, promise: int | None) -> None:
        of_promise = self.promises[promise].promiser if promise is not None else self.default
        who = self.grammar.doer(item.text) or of_promise
        self.activities.append(ReadActivity(promise, who, item.text, item.number))

    def responsible(self, promise: int | None, who: str) -> None:
        """A promise that names nobody is whose line "Ansvarig: …" says it is."""
        promiser = named(who, self.grammar.actors)
        if promise is None or promiser is None:
            return
        one = self.promises[promise]
        if self.grammar.doer(one.text) is None:
            self.promises[promise] = replace(one, promiser=promiser)

    def focus(self, areas: Sequence[str]) -> None:
        known = {area.casefold() for area in self.focus_areas}
        for area in areas:
            if area and area.casefold() not in known:
                known.add(area.casefold())
                self.focus_areas.append(area)

    def only_promise(self, section: Section) -> int | None:
        """The promise that activities serve: the last, unless a whole list of them stands above."""
        if section.promise is not None:
            return section.promise
        return len(self.promises) - 1 if self.promises and section.items <= 1 else None
