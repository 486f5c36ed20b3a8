"""What an uploaded file may be called: never a path, never a trick with characters that cannot be seen."""

from __future__ import annotations

import re
import unicodedata

from cases.rules.file_kinds import ENDINGS, MediaType

LONGEST = 100
KNOWN_ENDING = re.compile(r"\.(pdf|jpe?g|jpe|png)$", re.IGNORECASE)
# What Windows keeps for itself: characters, and names of devices.
FORBIDDEN = re.compile(r'[<>:"|?*%]')
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def clean_name(given: str, media_type: MediaType) -> str:
    """The last part of the name without what is invisible, with the ending of what the file really is."""
    last = re.split(r"[/\\]", given)[-1]
    # Control characters, direction overrides, zero widths, lone surrogates, private use.
    seen = "".join(c for c in unicodedata.normalize("NFC", last) if _is_seen(c))
    spaced = " ".join(FORBIDDEN.sub("_", seen).split())
    stem = KNOWN_ENDING.sub("", spaced).strip(". ")[:LONGEST].strip(". ")
    if not stem or DEVICES.fullmatch(stem):
        stem = f"bilaga {stem}".strip()
    return stem + ENDINGS[media_type]


def _is_seen(character: str) -> bool:
    return character == " " or unicodedata.category(character)[0] not in "CZ"
