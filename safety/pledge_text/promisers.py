"""The headings and sentences that say who promises: "X lovar" and its kin."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from safety.pledge_text.actors import BOTH_WORDS, Actors, actors, named
from safety.pledge_text.headings import (
    ABOUT_YEAR,
    PLEDGE,
    Heading,
    Opens,
    bare,
    known_heading,
    lead,
)
from safety.pledge_text.result import Promiser

VERB = r"(?i:lovar|utlovar|åtar\s+(?:sig|oss)|förbinder\s+(?:sig|oss))"
MODAL = r"(?i:ska|skall|kommer\s+(?:också\s+|även\s+)?att|avser\s+att)"
WHEN = r"(?i:under\s+(?:året|hela\s+)?(?:perioden\s*)?(?:20\d\d(?:\s*[-–—]\s*(?:20)?\d\d)?)?|i\s+år|20\d\d)"
ADVERBS = (
    rf"(?:\s+(?i:tillsammans|gemensamt|därför|också|även|nu|härmed|vidare|dessutom)|\s+{WHEN})*"
)
LIGHT = (
    r"(?:[\s,]+(?i:att|dig|er|alla|följande|också|även|bland\s+annat|tillsammans|gemensamt|särskilt"
    r"|i\s+sin\s+tur|å\s+sin\s+sida"
    r"|(?:kommun)?invånar(?:na|e)|medborgar(?:na|e)|(?:dig|alla|er)\s+som\s+.{1,60}?|genom\s+att"
    rf"|(?:följande\s+)?(?:aktiviteter|åtgärder|insatser|saker|löften|medborgarlöften)|för\s+20\d\d|{WHEN}))*"
)
OPENER = (
    r"(?:(?i:tillsammans|gemensamt|det\s+här|detta|här|därför|dessutom|vad|i\s+år|år\s+20\d\d|vidare)"
    r"|(?i:(?:för|i|under|utifrån|inom|med|mot|genom|som)\s).{1,160}?),?"
)
COMMITMENT = r"(?i:(?:löften?(?:a)?|åtaganden?(?:a)?|insatser|aktiviteter|åtgärder|del|ansvar|arbete|uppdrag))"
TO_WHOM = r"(?:\s+(?i:till|mot)\s+.{2,40})?"

# (name, pattern with <who>, joint where the words themselves say so)
LIGHT_HEADINGS: tuple[tuple[str, str], ...] = (
    ("X lovar (att)", r"(?:{OPENER}\s+)?(?P<who>{WHO}){ADVERBS}\s+{VERB}{LIGHT}"),
    ("tillsammans lovar X (att)", r"{OPENER}\s+{VERB}\s+(?P<who>{WHO}){LIGHT}"),
    ("tillsammans lovar", r"(?P<who>(?i:tillsammans|gemensamt))\s+{VERB}{LIGHT}"),
    ("X:s löften", r"(?P<who>{WHO})\s+(?i:gemensamma\s+|egna\s+)?{COMMITMENT}{TO_WHOM}{ABOUT_YEAR}"),
    ("gemensamma löften", r"(?i:våra\s+)?(?P<who>(?i:gemensam(?:ma|t)))\s+{PLEDGES}{TO_WHOM}{ABOUT_YEAR}"),
    ("löften från X", r"{COMMITMENT}\s+(?i:från|av|för)\s+(?P<who>{WHO})"),
    ("X ska", r"(?P<who>{WHO}){ADVERBS}\s+(?:{MODAL}|(?i:gör|kommer))(?:\s+(?i:göra|bidra\s+med))?{LIGHT}"),
    ("vad X gör", r"(?i:vad|det\s+här|detta|så|så\s+här)\s+(?P<who>{WHO})\s+(?i:gör|ska\s+göra|bidrar\s+med)(?:\s+(?i:tillsammans|gemensamt))?"),
    ("det här gör X", (r"(?i:det\s+här|detta|så|så\s+här|vad)\s+(?i:gör|ska|kommer|arbetar|bidrar)\s+"
                      r"(?P<who>{WHO})(?:\s+(?i:göra|att\s+göra|med|arbeta))?(?:\s+(?i:tillsammans|gemensamt))?")),
)  # fmt: skip
STRICT_HEADINGS: tuple[tuple[str, str], ...] = (
    ("X:s medborgarlöfte", r"(?P<who>{WHO})\s+(?i:gemensamma\s+)?(?i:{PLEDGE})(?:\s+(?i:i|för)\s+.{{2,40}}?)?{ABOUT_YEAR}"),
)  # fmt: skip
# Sentences that end in a colon and go on in a list.
COLON_HEADINGS: tuple[tuple[str, str], ...] = (
    ("X lovar …:", r"(?:{OPENER}\s+)?(?P<who>{WHO}){ADVERBS}\s+{VERB}\b.*"),
    ("… lovar X …:", r".{{1,200}}?\s{VERB}\s+(?P<who>{WHO})\b.*"),
    ("X ska …:", r"(?:{OPENER}\s+)?(?P<who>{WHO}){ADVERBS}\s+{MODAL}\b.{{0,80}}"),
    ("X arbetar … genom att:", r"(?P<who>{WHO})\s.*\b(?i:genom(?:\s+att)?|följande\s+(?:\w+\s+)?\w*(?:löften?|aktiviteter))"),
    ("… X följande löften:", r".*?\b(?P<who>{WHO})\s+(?i:följande\s+(?:gemensamma\s+)?(?:medborgar)?löften?)"),
)  # fmt: skip
ALONE = r"(?P<who>{WHO}|(?i:gemensamt|tillsammans))(?:\s+(?i:tillsammans|gemensamt))?"
SENTENCES = (
    r"(?:{OPENER}\s+)?(?P<who>{WHO}){ADVERBS}\s+{VERB}\s.*?\b(?i:att)\s+\S.*",
    r"{OPENER}\s+{VERB}\s+(?P<who>{WHO})\s.*?\b(?i:att)\s+\S.*",
)
SUBJECT = r"(?:(?i:att)\s+)?(?P<who>{WHO}){ADVERBS}\s+(?i:{MODAL}|{VERB}|[a-zåäö]+(?:r|as|es))\b.*"
COMMITTED = (
    r"(?:(?i:att)\s+)?(?P<who>{WHO}){ADVERBS}\s+(?:{MODAL}|{VERB})\s.*",
    r"{OPENER}\s+(?i:ska|skall|kommer|lovar)\s+(?P<who>{WHO})\s.*",
)
ELSEWHERE = re.compile(r"\b(?:följande|nedan|nedanstående)\b", re.IGNORECASE)
SOMEBODY_ELSE = re.compile(rf"[A-ZÅÄÖ].{{1,60}}?\s{VERB}{LIGHT}")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-ZÅÄÖ])")
LONGEST_HEADING = 400
NEAR = 30  # signs after the promiser within which "tillsammans" belongs to it


@dataclass(frozen=True)
class Pledged:
    """A sentence promises; its promiser is None where it only says "vi"."""

    promiser: Promiser | None


@dataclass(frozen=True)
class Grammar:
    """The tables above, compiled for one municipality's name."""

    actors: Actors
    light: tuple[re.Pattern[str], ...]
    strict: tuple[re.Pattern[str], ...]
    colon: tuple[re.Pattern[str], ...]
    alone: re.Pattern[str]
    sentences: tuple[re.Pattern[str], ...]
    subject: re.Pattern[str]
    committed: tuple[re.Pattern[str], ...]

    def heading(self, text: str, *, inside: bool) -> Heading | None:
        """What a line opens; a lone "Polisen" counts only inside the pledge."""
        if len(text) > LONGEST_HEADING:
            return None
        whole = self._whole(text, inside=inside)
        if whole is not None:
            return whole
        head, colon, rest = text.partition(": ")
        if not colon or not rest.strip():
            return None
        opening = self._whole(head, inside=inside)
        if opening is None or (opening.strict and opening.promiser is None):
            return None
        return Heading(
            opening.opens, opening.promiser, joint=opening.joint, strict=opening.strict, inline=rest
        )

    def _whole(self, text: str, *, inside: bool) -> Heading | None:
        core = bare(text)
        if core.endswith(".") and ELSEWHERE.search(core) is None:
            return None
        core = core.rstrip(".")
        steps: tuple[Callable[[], Heading | None], ...] = (
            lambda: self._by_party(core),
            lambda: self._by_colon(core) if text.rstrip().endswith((":", ".")) else None,
            lambda: known_heading(core),
            lambda: self._alone(core) if inside else None,
            lambda: Heading(Opens.OTHER) if SOMEBODY_ELSE.fullmatch(core) else None,
        )
        return next((found for step in steps if (found := step()) is not None), None)

    def _by_party(self, core: str) -> Heading | None:
        for patterns, strict in ((self.light, False), (self.strict, True)):
            if match := _first(patterns, core):
                return self._promised(core, match["who"], strict=strict)
        return None

    def _by_colon(self, core: str) -> Heading | None:
        match = _first(self.colon, core)
        if match is None or SENTENCE_END.search(core):
            return None
        if lead(core) is Opens.FOCUS and not re.search(VERB, core):
            return None  # "… fyra inriktningar som polisen och kommunen ska arbeta med:"
        return self._promised(core[: match.end("who") + NEAR], match["who"], strict=False)

    def _alone(self, core: str) -> Heading | None:
        match = self.alone.fullmatch(core)
        return self._promised(core, match["who"], strict=False) if match else None

    def _promised(self, core: str, who: str, *, strict: bool) -> Heading:
        joint = BOTH_WORDS.search(core) is not None
        promiser = Promiser.TOGETHER if joint else named(who, self.actors)
        # "Det här ska vi göra" heads as often a piece of prose as a list of promises.
        vague = promiser is None and re.search(VERB, core) is None
        return Heading(Opens.PROMISES, promiser, joint=joint, strict=strict or vague)

    def promised_in(self, sentence: str) -> Pledged | None:
        """Who promises in a sentence, if anybody does."""
        match = _first(self.sentences, sentence)
        if match is None or ELSEWHERE.search(sentence):
            return None
        if BOTH_WORDS.search(match[0][: match.end("who") + NEAR]):
            return Pledged(Promiser.TOGETHER)
        return Pledged(named(match["who"], self.actors))

    def commits(self, text: str) -> bool:
        """Whether the text begins by saying who will do something."""
        return _first(self.committed, text) is not None

    def doer(self, text: str) -> Promiser | None:
        """The party a text begins with, as its doer."""
        match = self.subject.fullmatch(text)
        return named(match["who"], self.actors) if match else None


def _first(patterns: tuple[re.Pattern[str], ...], text: str) -> re.Match[str] | None:
    return next((match for pattern in patterns if (match := pattern.fullmatch(text))), None)


@lru_cache(maxsize=8)  # compiling takes most of a second
def grammar(municipality_name: str | None) -> Grammar:
    """The grammar for a reading; the municipality's bare name counts as a party."""
    known = actors(municipality_name)
    words = {
        "WHO": known.several, "VERB": VERB, "MODAL": MODAL, "ADVERBS": ADVERBS, "LIGHT": LIGHT,
        "OPENER": OPENER, "COMMITMENT": COMMITMENT, "PLEDGE": PLEDGE, "TO_WHOM": TO_WHOM,
        "ABOUT_YEAR": f"(?i:{ABOUT_YEAR})", "PLEDGES": rf"(?i:(?:{PLEDGE}|{COMMITMENT}))",
    }  # fmt: skip

    def compiled(*patterns: str) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(pattern.format(**words), re.DOTALL) for pattern in patterns)

    return Grammar(
        actors=known,
        light=compiled(*(pattern for _name, pattern in LIGHT_HEADINGS)),
        strict=compiled(*(pattern for _name, pattern in STRICT_HEADINGS)),
        colon=compiled(*(pattern for _name, pattern in COLON_HEADINGS)),
        alone=compiled(ALONE)[0],
        sentences=compiled(*SENTENCES),
        subject=compiled(SUBJECT)[0],
        committed=compiled(*COMMITTED),
    )
