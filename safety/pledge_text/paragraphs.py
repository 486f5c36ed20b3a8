"""Lines joined to what a reader sees as one paragraph or one item of a list."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from safety.pledge_text.columns import Row
from safety.pledge_text.lines import Line, read_line

ENDS = (".", "!", "?", ":", ";")
HYPHEN = re.compile(r"\w-$")
DIVIDED = re.compile(r"[a-zåäöé]-$")
HANGING = re.compile(r"^(?:och|eller|samt|respektive)\b")
WIDEST_WRAP, NARROWEST_WRAP = 130, 40
EVIDENCE = 2


@dataclass(frozen=True)
class Paragraph:
    lines: tuple[Line, ...]
    text: str
    marker: str
    indent: int
    heading: bool
    after_blank: bool

    @property
    def number(self) -> int:
        return self.lines[0].number


def lines_of(rows: Iterable[Row]) -> list[Line]:
    """The rows that are not empty, read as lines."""
    lines: list[Line] = []
    blank = True
    for row in rows:
        if row.text.strip():
            lines.append(read_line(row.text, row.number, after_blank=blank))
        blank = not row.text.strip()
    return lines


def paragraphs(lines: list[Line], alone: Callable[[str], bool]) -> list[Paragraph]:
    """Join wrapped lines; a line for which `alone` holds is never joined to another."""
    wrap = _wrap_width(lines)
    joined: list[list[Line]] = []
    for at, line in enumerate(lines):
        following = lines[at + 1] if at + 1 < len(lines) else None
        if joined and _goes_on(joined[-1], line, following, wrap, alone):
            joined[-1].append(line)
        else:
            joined.append([line])
    return [_paragraph(group) for group in joined]


def _paragraph(group: list[Line]) -> Paragraph:
    first = group[0]
    if first.marker and not first.body and len(group) > 1:
        # A bullet that the copy left alone on its line.
        first = replace(group[1], marker=first.marker, indent=first.indent)
    text = ""
    for line in group:
        text = line.body if not text else _glued(text, line.body)
    return Paragraph(
        lines=tuple(group),
        text=text,
        marker=first.marker,
        indent=first.indent,
        heading=group[0].heading,
        after_blank=group[0].after_blank,
    )


def _glued(text: str, more: str) -> str:
    """Put back together a word that was divided at the end of the line."""
    if HYPHEN.search(text) and more[:1].islower() and not HANGING.match(more):
        # ANDT-arbete keeps its hyphen, trygg-het does not.
        return (text[:-1] if DIVIDED.search(text) else text) + more
    return f"{text} {more}"


def _wrap_width(lines: list[Line]) -> int | None:
    """The width the text was wrapped at, if it was."""
    widest = max((line.width for line in lines), default=0)
    if not NARROWEST_WRAP <= widest <= WIDEST_WRAP:
        return None
    wrapped = sum(
        1
        for before, after in pairwise(lines)
        if not after.after_blank
        and not after.marker
        and after.body[:1].islower()
        and not before.body.endswith(ENDS)
        and before.width >= 0.75 * widest
    )
    return widest if wrapped >= EVIDENCE else None


def _goes_on(
    group: list[Line],
    line: Line,
    following: Line | None,
    wrap: int | None,
    alone: Callable[[str], bool],
) -> bool:
    first, before = group[0], group[-1]
    if line.marker or line.heading or before.heading:
        return False
    if before.marker and not before.body:
        return not alone(line.text)
    if line.after_blank or alone(before.text) or alone(line.text):
        return False
    hanging = first.marker != "" and line.indent > first.indent
    if before.body.endswith(ENDS):
        in_list = following is not None and following.marker != "" and not following.after_blank
        sentence = first.marker != "" and line.body.endswith(ENDS) and before.width >= 40
        return not before.body.endswith(":") and (hanging or (in_list and sentence))
    return hanging or _mid_sentence(first, before, line, wrap)


def _mid_sentence(first: Line, before: Line, line: Line, wrap: int | None) -> bool:
    full = wrap is not None and before.width >= 0.75 * wrap
    if HYPHEN.search(before.body) and line.body[:1].islower():
        return True
    if not line.body[:1].islower():
        return full
    if line.body.startswith("att ") and first.body.casefold().startswith("att "):
        return full and bool(first.marker)
    if first.body[:1].islower() and not first.marker:
        # A list of items that each begin with a small letter looks just like wrapped text.
        return full
    return True
