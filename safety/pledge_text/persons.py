"""Lines about officials: names, titles, addresses. They are kept apart and never published.

Nobody can list all names, so a line is withheld on what stands around a name: a title, a word of
saying, an address, a heading of contacts. `first_names.txt` holds common first names for the rest.
"""

import re
from functools import cache
from importlib.resources import files

from safety.pledge_text.paragraphs import Paragraph

EMAIL = re.compile(
    r"[\w.+-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[\w-]{1,63}(?:\.[\w-]{1,63})+", re.IGNORECASE
)
PHONE = re.compile(
    r"(?<![\d-])(?:\+\s?46|0)[\s()0]{0,4}\d{1,3}\)?\s?[-–/ ]\s?\d(?:[\s-]?\d){4,8}(?!\d)"
)
PHONE_WORD = re.compile(r"^(?:tel(?:efon)?|mobil|e-?post|mejl|mail)\b\.?\s*:?", re.IGNORECASE)

TITLE_WORD = (
    r"(?i:(?:\w*ordförande|(?:kommunal|oppositions|region|borgar|landstings)råd(?:et)?|\w*direktör(?:en)?|\w*chef(?:en|er|erna)?"
    r"|\w*samordnare(?:n)?|\w*strateg(?:en)?|\w+ledare(?:n)?|(?:kommun|områdes|när)polis(?:en|er|erna)?"
    r"|\w*inspektör(?:en)?|\w*kommissarie(?:n)?|\w*intendent(?:en)?|\w*mästare(?:n)?|\w*jurist(?:en)?"
    r"|\w*handläggare(?:n)?|\w*kommunikatör(?:en)?|\w*sekreterare(?:n)?|\w*utvecklare(?:n)?|rektor(?:n)?"
    r"|\w*antikvarie(?:n)?|\w*talesperson(?:en)?|politiker(?:n)?|\w*ledamot(?:en)?))"
)
PART = r"[A-ZÅÄÖÉÜ][a-zåäöéèüøæ]+(?:-[A-ZÅÄÖÉ][a-zåäöéü]+)?"
NAME = rf"{PART}(?:\s+(?:[A-ZÅÄÖ]\.?|af|von|de|van|el|al))?(?:\s+{PART}){{1,2}}"
SAYING = (
    r"(?:säger|berättar|menar|avslutar|fortsätter|konstaterar|förklarar|understryker|betonar|tillägger"
    r"|hälsar|tycker|tror|kommenterar|uppger)"
)
SAID = re.compile(rf"(?:[,!?.”\"»]\s*|^){SAYING}(?:\s+[^\s.]+){{0,9}}?\s+[A-ZÅÄÖ]")
CREDITED = re.compile(
    rf"(?:^|[,.]\s+)(?i:enligt|foto|text|bild(?:er)?|fotograf|skribent)\s*:?\s+(?P<name>{NAME})"
)
PARTY = re.compile(rf"{PART}\s+\((?:S|M|C|L|KD|V|MP|SD)\)")
TITLE_THEN_NAME = re.compile(
    rf"\b{TITLE_WORD}(?:\s+(?:i|för|vid|på)\s+(?:[a-zåäö]+\s+)?{PART})?\s*[,:]?\s+(?P<name>{NAME})"
)
NAME_THEN_TITLE = re.compile(
    rf"(?P<name>{NAME})\s*(?:\(\w+\))?\s*[,–-]?\s+(?:[a-zåäö]+\s+){{0,2}}{TITLE_WORD}\b"
)
LONE_NAME = re.compile(NAME)
NOT_NAMES = re.compile(
    r"(?i)^(?:\w*kommuns?|\w*polis\w*|stads?|region\w*|län|\w*områdes?|\w*områden|\w*samverkan|samordning"
    r"|effektiv|trygg\w*|säker\w*|centrum|\w*löften?|\w*löftet|skolan?|torget|\w*platsen|parken|\w*gatan"
    r"|\w*vägen|\w*förvaltning\w*|\w*tjänst\w*|\w*nämnd\w*|brå|purple|flag|norra|södra|östra|västra|nya"
    r"|tidig\w*|ung\w*|barn|alla|fler|vi|vår\w*|att|det|den|för|under|gemensam\w*|huskurage|city)$"
)
PLACE_AFTER = re.compile(r"^s?\s*(?:plats|park|gata|väg|torg|skola|kyrka|minne|gård|backe|bro)\w*")
ROLE_LINE = re.compile(
    rf"(?:{TITLE_WORD}|(?i:Fil\.?\s?dr|leg\.)|\w+strateg)(?:[\s,:(]+[^\s.]+){{0,7}}", re.DOTALL
)
FEW_WORDS = 9


@cache
def first_names() -> frozenset[str]:
    text = (files("safety.pledge_text") / "first_names.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


def _is_name(text: str) -> bool:
    return not any(NOT_NAMES.match(word) for word in text.split())


def _has_name_by(pattern: re.Pattern[str], text: str) -> bool:
    return any(_is_name(match["name"]) for match in pattern.finditer(text))


def _has_common_name(text: str) -> bool:
    for match in LONE_NAME.finditer(text):
        first = match[0].split()[0].casefold()
        place = PLACE_AFTER.match(text[match.end() :].lstrip())
        if first in first_names() and _is_name(match[0]) and not place:
            return True
    return False


def names_somebody(text: str) -> bool:
    """Whether a text by itself names an official or gives a way to reach one."""
    return bool(
        EMAIL.search(text)
        or PHONE.search(text)
        or SAID.search(text)
        or PARTY.search(text)
        or _has_name_by(CREDITED, text)
        or _has_name_by(TITLE_THEN_NAME, text)
        or _has_name_by(NAME_THEN_TITLE, text)
        or _has_common_name(text)
    )


def is_role(text: str) -> bool:
    """Whether a line is only a title, as under a signature."""
    short = len(text.split()) <= FEW_WORDS and not text.endswith((".", ":"))
    return short and ROLE_LINE.fullmatch(text) is not None


def is_lone_name(text: str) -> bool:
    return LONE_NAME.fullmatch(text.rstrip(",")) is not None and _is_name(text.rstrip(","))


def stands_alone(text: str) -> bool:
    """Whether a line belongs to a signature, and so is never part of the sentence above it."""
    short = len(text.split()) <= FEW_WORDS
    reach = EMAIL.search(text) or PHONE.search(text) or PHONE_WORD.match(text)
    return short and bool(reach or is_lone_name(text) or is_role(text))


def withheld(items: list[Paragraph]) -> set[int]:
    """The places of the paragraphs about officials."""
    found = {at for at, item in enumerate(items) if names_somebody(item.text)}
    for at, item in enumerate(items):
        around = [other for other in (at - 1, at + 1) if 0 <= other < len(items)]
        if not item.marker and is_lone_name(item.text):
            signed = (is_role(items[other].text) or other in found for other in around)
            if any(signed):
                found.add(at)
    for at, item in enumerate(items):
        if not item.marker and _is_by_a_signature(items, at, found):
            found.add(at)
    return found


def _is_by_a_signature(items: list[Paragraph], at: int, found: set[int]) -> bool:
    text = items[at].text
    above = at - 1 in found and not items[at].after_blank
    below = at + 1 in found and not items[at + 1].after_blank
    if is_role(text) or PHONE_WORD.match(text):
        return above or below
    short = len(text.split()) <= FEW_WORDS and not text.endswith((".", ":"))
    signature = above and len(items[at - 1].text.split()) <= FEW_WORDS and not items[at - 1].marker
    return short and signature
