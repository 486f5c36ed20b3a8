"""A line of the text, with its bullet or number taken off and remembered."""

import re
from dataclasses import dataclass

GLYPHS = "•·●○◦▪■□►▶➢➤→✓✔‣⁃∙❖♦◆*+–—-"
BULLET = re.compile(
    r"(?P<glyph>[•·●○◦▪■□►▶➢➤→✓✔‣⁃∙❖♦◆\uf000-\uf0ff]\s*"
    r"|[*+–—-](?:\s+|$)"
    r"|[–—-](?=[A-ZÅÄÖ])"
    r"|o\s+(?=\S))(?P<body>.*)"
)
NUMBER = re.compile(
    r"(?P<glyph>\(?\d{1,2}[.)]\s+|\d{1,2}(?:\.\d{1,2}){1,2}\.?\s+|\d{1,2}\.(?=[A-ZÅÄÖ])|[a-h]\)\s+)(?P<body>\S.*)",
)
MARKDOWN_HEADING = re.compile(r"(?P<glyph>#{1,6})\s+(?P<body>.+?)\s*#*$")
EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
RULE = re.compile(r"[-–—_=*~.\s|+]{3,}$")


@dataclass(frozen=True)
class Line:
    number: int
    text: str  # as it stands, stripped at both ends
    body: str  # without bullet and emphasis, white space folded
    indent: int
    marker: str  # "" | "number" | the glyph
    heading: bool  # marked up as one
    width: int
    after_blank: bool


def folded(text: str) -> str:
    return " ".join(text.split())


def read_line(raw: str, number: int, *, after_blank: bool) -> Line:
    text = raw.strip()
    marker, body, heading = _unmarked(text)
    emphasised = EMPHASIS.fullmatch(body)
    return Line(
        number=number,
        text=text,
        body=folded(EMPHASIS.sub(r"\2", body)),
        indent=len(raw.expandtabs(4)) - len(raw.expandtabs(4).lstrip()),
        marker=marker,
        heading=heading or (emphasised is not None and not marker),
        width=len(raw.rstrip()),
        after_blank=after_blank,
    )


def _unmarked(text: str) -> tuple[str, str, bool]:
    if match := MARKDOWN_HEADING.fullmatch(text):
        return "", match["body"], True
    if RULE.fullmatch(text):
        return "", text, False
    if match := BULLET.fullmatch(text):
        return match["glyph"].strip(), match["body"], False
    if match := NUMBER.fullmatch(text):
        return "number", match["body"], False
    return "", text, False
