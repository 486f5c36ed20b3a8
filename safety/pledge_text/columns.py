"""Two columns that a copy has laid side by side are read one after the other."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from safety.pledge_text.lines import folded

GAP = re.compile(r"\s*\|\s*|\s*\t\s*| {3,}")
MARKED = re.compile(r"[|\t]")
GLYPH = re.compile(r"[•●▪■➢]")
RUN_TOGETHER = re.compile(r"\s+(?=[•●▪■➢]\s*\S)")
FEWEST, MOST = 2, 4


@dataclass(frozen=True)
class Row:
    """A raw line or one column's part of it."""

    number: int
    text: str


def side_by_side(text: str, is_heading: Callable[[str], bool]) -> Iterator[Row]:
    """The rows of the text; where a row is only headings, the columns below it in turn."""
    rows = [Row(number, raw) for number, raw in enumerate(text.split("\n"), start=1)]
    at = 0
    while at < len(rows):
        heads = _heads(rows[at].text, is_heading)
        if not heads:
            yield from _in_a_line(rows[at], is_heading)
            at += 1
            continue
        end = at + 1
        while end < len(rows) and _belongs(rows, end, heads):
            end += 1
        yield from _in_turn(rows[at:end], heads)
        at = end


def _in_a_line(row: Row, is_heading: Callable[[str], bool]) -> Iterator[Row]:
    """A list that a copy has run together: "Polisen lovar • att … • att …"."""
    parts = RUN_TOGETHER.split(row.text.strip())
    if len(parts) > 1 and (GLYPH.match(parts[0]) or is_heading(folded(parts[0]))):
        margin = row.text[: len(row.text) - len(row.text.lstrip())]
        for part in parts:
            yield Row(row.number, margin + part)
    else:
        yield row


def _heads(raw: str, is_heading: Callable[[str], bool]) -> list[int]:
    """Where each column begins, if this row is nothing but two or more promise headings."""
    parts = [part for part in GAP.split(raw.strip().strip("|")) if part.strip()]
    if not FEWEST <= len(parts) <= MOST or not all(is_heading(folded(part)) for part in parts):
        return []
    starts, position = [], 0
    for part in parts:
        position = raw.index(part, position)
        starts.append(position)
        position += len(part)
    return starts if _cut(raw, starts) is not None else []


def _belongs(rows: list[Row], at: int, heads: list[int]) -> bool:
    raw = rows[at].text
    if not raw.strip():
        following = [row.text for row in rows[at + 1 : at + 2]]
        return any(text.strip() and _cut(text, heads) is not None for text in following)
    return _cut(raw, heads) is not None


def _cut(raw: str, heads: list[int]) -> list[str] | None:
    """The parts of a row by column; None for a row that runs across the columns."""
    if MARKED.search(raw.strip()):
        parts = re.split(r"\||\t", raw.strip().strip("|"))
        return parts if len(parts) <= len(heads) and any(part.strip() for part in parts) else None
    cuts = [0]
    for head in heads[1:]:
        gaps = [match.end() for match in re.finditer(r" {2,}", raw) if abs(match.end() - head) <= 3]
        if gaps:
            cuts.append(gaps[0])
        elif len(raw.rstrip()) <= head:
            cuts.append(len(raw))
        else:
            return None
    return [raw[start:end] for start, end in zip(cuts, [*cuts[1:], None], strict=True)]


def _in_turn(rows: list[Row], heads: list[int]) -> Iterator[Row]:
    for column in range(len(heads)):
        for row in rows:
            parts = _cut(row.text, heads) or []
            yield Row(row.number, parts[column] if column < len(parts) else "")
        yield Row(rows[-1].number, "")
