"""Read a published citizen pledge from plain text."""

import re
from collections import Counter

from safety.pledge_text.actors import MUNICIPALITY_WORD, NO_NAME, POLICE_WORD
from safety.pledge_text.columns import side_by_side
from safety.pledge_text.headings import FURNITURE, PLEDGE, bare
from safety.pledge_text.lines import folded
from safety.pledge_text.paragraphs import Paragraph, lines_of, paragraphs
from safety.pledge_text.persons import stands_alone, withheld
from safety.pledge_text.promisers import Grammar, grammar
from safety.pledge_text.promises import Walk
from safety.pledge_text.reading import Reason, UnreadablePledge, clean_text
from safety.pledge_text.result import Bucket, PlacedLine, PledgeReading, Promiser, TextLine
from safety.pledge_text.sections import LABEL
from safety.pledge_text.years import years_of

PLEDGE_WORD = re.compile(rf"\b{PLEDGE}|samverkansöverenskommelse", re.IGNORECASE)
POLICE_PLEDGE = re.compile(rf"\bpolisens\s+(?:\w+\s+)?{PLEDGE}", re.IGNORECASE)
AREA = re.compile(
    r"[Ll]okalpolisområde(?:t)?\s+(?:(?:[Nn]orra|[Ss]ödra|[Öö]stra|[Vv]ästra)\s+)?[A-ZÅÄÖ][\wåäö/-]+(?:\s+älvdal)?"
)
MUNICIPALITY = re.compile(
    rf"\b{NO_NAME}([A-ZÅÄÖ][\wåäöé-]+(?: [A-ZÅÄÖ][\wåäö-]+)?) (?:kommun|[Ss]tad)s?\b"
)
POLICE_IN = re.compile(r"\b[Pp]olisen (?:i|på) ([A-ZÅÄÖ][\wåäöé-]+)")
MUNICIPALITY_OF = r"\b{name}s? (?:kommun|stad)s?\b"
BY_NAME = r"[^.\n]{0,80}\b(?:lovar|åtar|ska|skall|kommer|gör|löften?|åtaganden?)\b"
LONGEST_TITLE = 160


def read_pledge(raw: bytes | str, *, municipality_name: str | None = None) -> PledgeReading:
    """Read a pledge; `UnreadablePledge` where there is none to read."""
    text = clean_text(raw)
    # A pledge of another place may be read on trial: its own name is the one in the text.
    given = municipality_name if municipality_name and municipality_name in text else None
    name = given or _municipality(text)
    rules = grammar(name if name and _promises_by_bare_name(text, name) else None)
    items = _items(text, rules)
    walk = _walked(text, items, rules)
    if not walk.found.promises:
        mentioned = walk.met_section or PLEDGE_WORD.search(text)
        raise UnreadablePledge(Reason.NO_PROMISES if mentioned else Reason.NOT_A_PLEDGE)
    if not (PLEDGE_WORD.search(text) or POLICE_WORD.search(text)):
        raise UnreadablePledge(Reason.NOT_A_PLEDGE)
    return _reading(text, items, walk, name)


def to_json(reading: PledgeReading) -> dict[str, object]:
    """What `import_pledge --dry-run --json` prints; nothing that is withheld is in it."""
    printed: dict[str, object] = {
        "year": reading.year,
        "promises": [
            {"promiser": promise.promiser.value, "text": promise.text}
            for promise in reading.promises
        ],
        "focus_areas": list(reading.focus_areas),
        "unplaced": [line.text for line in reading.unplaced],
    }
    if reading.activities:
        printed["activities"] = [
            {"promise": one.promise, "promiser": one.promiser.value, "text": one.text}
            for one in reading.activities
        ]
    return printed


def _items(text: str, rules: Grammar) -> list[Paragraph]:
    def names_promiser(part: str) -> bool:
        heading = rules.heading(part, inside=True)
        return heading is not None and heading.promiser is not None and not heading.inline

    def alone(line: str) -> bool:
        return (
            stands_alone(line)
            or (not line[:1].islower() and rules.heading(line, inside=False) is not None)
            or FURNITURE.fullmatch(bare(line)) is not None
        )

    return paragraphs(lines_of(side_by_side(text, names_promiser)), alone)


def _walked(text: str, items: list[Paragraph], rules: Grammar) -> Walk:
    """A strict walk; where that finds nothing, one that takes prose under a pledge's heading."""
    default = _default_promiser(text)
    kept_apart = withheld(items)
    walk = Walk(items, rules, default=default, withheld=kept_apart)
    if walk.found.promises:
        return walk
    return Walk(items, rules, default=default, withheld=kept_apart, generous=True)


def _default_promiser(text: str) -> Promiser:
    """Who "vi" is, where no heading says: both, unless only one party is in the text."""
    police = POLICE_WORD.search(text) is not None
    municipality = MUNICIPALITY_WORD.search(text) is not None
    if police and (not municipality or POLICE_PLEDGE.search(text)):
        return Promiser.POLICE
    return Promiser.MUNICIPALITY if municipality and not police else Promiser.TOGETHER


def _reading(
    text: str, items: list[Paragraph], walk: Walk, municipality_name: str | None
) -> PledgeReading:
    places = list(walk.places)
    title = _title(items, places)
    if title is not None:
        places[title] = Bucket.TITLE
    lines: dict[Bucket, list[TextLine]] = {bucket: [] for bucket in Bucket}
    by_number: dict[int, Bucket] = {}
    for item, place in zip(items, places, strict=True):
        for line in item.lines:
            lines[place].append(TextLine(line.number, line.text))
            # Of a row in two columns, the promise says where the row is.
            by_number[line.number] = min(place, by_number.get(line.number, place), key=_rank)
    first, last = years_of([walk.found.year] if walk.found.year else [item.text for item in items])
    if walk.found.year:
        last = _last_year(items, walk.found.year) or last
    return PledgeReading(
        year=first,
        last_year=last,
        title=bare(items[title].text) if title is not None else "",
        parties=_parties(text, municipality_name),
        promises=tuple(walk.found.promises),
        activities=tuple(walk.found.activities),
        focus_areas=tuple(walk.found.focus_areas),
        focus_lines=tuple(lines[Bucket.FOCUS]),
        background=tuple(lines[Bucket.BACKGROUND]),
        headings=tuple(lines[Bucket.HEADING]),
        unplaced=tuple(lines[Bucket.UNPLACED]),
        withheld=tuple(lines[Bucket.WITHHELD]),
        placed=tuple(PlacedLine(number, by_number[number]) for number in sorted(by_number)),
    )


RANKS = (Bucket.WITHHELD, Bucket.PROMISE, Bucket.ACTIVITY, Bucket.FOCUS)


def _rank(bucket: Bucket) -> int:
    return RANKS.index(bucket) if bucket in RANKS else len(RANKS)


def _title(items: list[Paragraph], places: list[Bucket]) -> int | None:
    """The first short line that names the pledge, with its year if any does; else the first line."""
    short = [
        at
        for at, item in enumerate(items)
        if places[at] in {Bucket.HEADING, Bucket.UNPLACED, Bucket.BACKGROUND}
        and len(item.text) <= LONGEST_TITLE
        and not item.text.endswith((".", "?"))
        and not item.marker
    ]
    named = [at for at in short if PLEDGE_WORD.search(items[at].text)]
    with_year = [at for at in named if years_of([items[at].text])[0] is not None]
    promised = next((at for at, place in enumerate(places) if place is Bucket.PROMISE), 0)
    above = [
        at
        for at in short
        if at < promised
        and (at == 0 or places[at] is Bucket.UNPLACED)
        and not LABEL.fullmatch(items[at].text)
        and not FURNITURE.fullmatch(bare(items[at].text))
    ]
    return next(iter(with_year or named or above), None)


def _last_year(items: list[Paragraph], first: str) -> int | None:
    return years_of([item.text for item in items if first in item.text])[1]


def _municipality(text: str) -> str | None:
    """The name of the municipality the text speaks most of, without "kommun"."""
    names = Counter(MUNICIPALITY.findall(text)) or Counter(POLICE_IN.findall(text))
    name = names.most_common(1)[0][0] if names else None
    stem = name.removesuffix("s") if name else None
    return stem if name and re.search(rf"\b{re.escape(stem or '')}\b", text) else name


def _promises_by_bare_name(text: str, name: str) -> bool:
    """Whether "Skara lovar" may stand in the text, and not only "Skara kommun lovar"."""
    stem = re.escape(name.strip().removesuffix(" kommun"))
    return (
        re.search(rf"\b{stem}s?(?!\w|\s+(?:kommun|stad)){BY_NAME}", text, re.IGNORECASE) is not None
    )


def _parties(text: str, name: str | None) -> tuple[str, ...]:
    found: list[str] = []
    full = MUNICIPALITY_OF.format(name=re.escape(name or ""))
    if name and (match := re.search(full, text)):
        found.append(folded(match[0].removesuffix("s")))
    elif MUNICIPALITY_WORD.search(text):
        found.append("Kommunen")
    if areas := AREA.findall(text):
        area = areas[0].removesuffix("s")
        found.append(f"L{(area if area in areas else areas[0])[1:]}")
    elif POLICE_WORD.search(text):
        found.append("Polisen")
    return tuple(found)
