"""Focus areas: a list under a heading, or listed within a sentence."""

import re

from safety.pledge_text.headings import FOCUS_WORD, PLEDGE

LISTED = re.compile(rf"\b(?:{FOCUS_WORD}|fokuserar\s+på)\b[^.:]*:\s*(?P<list>[^.]+)", re.IGNORECASE)
IN_TITLE = re.compile(rf"{PLEDGE}[^.:]*\bfokus\s+på\s+(?P<list>[^.:]*,[^.:]*)", re.IGNORECASE)
LABEL = re.compile(r"(?P<name>[^:–—]{2,60}?)\s*(?::|\s[–—-])\s+\S.*")
LAST = re.compile(r"\s+(?:och|samt)\s+(?!.*\s(?:och|samt)\s)")
MOST_WORDS_OF_A_NAME = 7
LONGEST_SENTENCE = 600  # longer, and looking for a list in it takes too long


def area_name(text: str) -> str:
    """The name of a focus area, without the description after its colon or dash."""
    label = LABEL.fullmatch(text)
    if label and len(label["name"].split()) <= MOST_WORDS_OF_A_NAME:
        return label["name"].strip()
    return text.rstrip(" .,;")


def split_areas(text: str) -> list[str]:
    """The names in "trafik, alkohol och droger"."""
    text = text.strip().rstrip(".")
    parts = re.split(r"\s*[,;•·]\s*", text)
    if len(parts) > 1 or len(text.split()) <= 3:
        parts = [*parts[:-1], *LAST.split(parts[-1], maxsplit=1)]
    return [part.strip() for part in parts if part.strip()]


def areas_in_sentence(text: str) -> list[str]:
    """The focus areas a sentence lists, if it is a sentence that does."""
    if len(text) > LONGEST_SENTENCE:
        return []
    for pattern in (LISTED, IN_TITLE):
        if match := pattern.search(text):
            return split_areas(match["list"])
    return []
