"""Who speaks: the police, the municipality, both, in the many words pledges have for them."""

import re
from dataclasses import dataclass
from functools import lru_cache

from safety.pledge_text.result import Promiser

# Words are matched in any case; names must begin with a capital, which tells them from words.
NAME = r"[A-ZÅÄÖÉ][\wåäöéü]*(?:[-–/][A-ZÅÄÖÉ]?[\wåäöéü]+)*"
QUARTER = (
    r"(?i:norra|södra|östra|västra|mellersta|nordöstra|nordvästra|sydöstra|sydvästra|nya|stora)"
)
PLACE = rf"(?:{QUARTER}\s+)?{NAME}(?:\s+{NAME})?(?:\s+(?i:älvdal|city|centrum|innerstad))?"

WHERE = (
    rf"(?:\s+(?i:i|på|för)\s+(?:(?i:lokalpolisområde\w*\s+)?{PLACE}(?:\s+(?i:kommun|stad))?"
    rf"|(?i:kommunen|området|stadsdelen|centrum)))?"
)

POLICE = (
    rf"(?i:lokalpolisområde(?:t|ts|n|na|nas)?|polisområde(?:t|ts)?|lpo)(?:\s+{PLACE})?"
    rf"|(?i:(?:kommun|områdes|när|lokal)polis(?:en|ens|er|erna|ernas)?){WHERE}"
    rf"|(?i:polis(?:en|ens|er|erna|ernas|myndighet|myndigheten|myndighetens)?)"
    rf"(?:\s+(?i:region)\s+{PLACE})?{WHERE}"
)
NAMED_WORDS = (
    r"(?i:kommun(?:en|ens|er|erna|ernas|s)?|stad(?:en|ens|s)?|(?:stadsdel|kommundel)(?:en|ens|ar|arna|s)?"
    r"|(?:stadsdels|kommundels|social|utbildnings|fritids|kultur|miljö|skol)?(?:förvaltning|nämnd)"
    r"(?:en|ens|ar|arna|s)?)"
)
UNNAMED_WORDS = (
    r"(?i:kommunstyrelsens?|socialtjänst(?:en|ens)?|socialkontoret|räddningstjänst(?:en|ens)?"
    r"|skolan|skolorna|fritidsgården|fritidsgårdarna|fältgruppen|region(?:en|ens)?)"
)
# "Trygg stad" and "För Rönnå kommun" begin like names and are none.
NO_NAME = (
    r"(?!(?i:trygg\w*|säk\w*|ren\w*|levande|grön\w*|ny\w*|hela|fler\w*|en|ett|alla|bätt\w*|öpp\w*|vår\w*"
    r"|din|hållbar\w*|attraktiv\w*|i|om|för|till|av|från|mellan|och|polis\w*|\w*löfte\w*)\b)"
)
MUNICIPALITY = (
    rf"(?:{NO_NAME}{NAME}(?:\s+(?:och\s+)?{NAME}){{0,2}}\s+)?{NAMED_WORDS}(?:\s+(?i:i)\s+{PLACE})?"
    rf"|{UNNAMED_WORDS}|(?i:region(?:en)?)\s+{NAME}"
)
EVERYBODY = r"(?i:vi|parterna|aktörerna|samverkansparterna|alla\s+parter|båda\s+parter)"
BOTH_WORDS = re.compile(r"\b(?:tillsammans|gemensam\w*)\b", re.IGNORECASE)
PARTNER = (
    r"(?i:fastighetsägar\w*|bostadsbolag\w*|\w*bostäder|näringslivet|föreningslivet|föreningar\w*|skola"
    r"|civilsamhället|företag\w*)"
)
LINK = r"(?:\s*,\s*|\s*[/&+]\s*|\s+(?i:och|samt|tillsammans\s+med|i\s+samverkan\s+med)\s+)"

# Looser, for "who is named at all in this line".
POLICE_WORD = re.compile(
    r"\b(?:polis(?!iär|anmäl)\w*|lokalpolis\w*|kommunpolis\w*|områdespolis\w*|närpolis\w*|LPO)\b",
    re.IGNORECASE,
)
MUNICIPALITY_WORD = re.compile(
    r"\b(?:kommun(?!polis|ic|ik|alråd)\w*|[\wåäö]+\s+stads?\b(?=\s|[,.:]|$)"
    r"|socialtjänst\w*|\w*förvaltning\w*)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Actors:
    """The patterns for one reading; a municipality's bare name counts as the municipality."""

    one: str
    several: str
    police: re.Pattern[str]
    municipality: re.Pattern[str]
    phrase: re.Pattern[str]


@lru_cache(maxsize=8)
def actors(municipality_name: str | None) -> Actors:
    municipality = MUNICIPALITY
    bare = ""
    if municipality_name and municipality_name.strip():
        stem = re.escape(municipality_name.strip().removesuffix(" kommun"))
        bare = rf"|(?i:{stem}s?)(?!\s+(?i:kommun))"
        municipality += bare
    one = rf"(?:{POLICE}|{municipality}|{EVERYBODY})(?![\wåäö])"
    several = rf"(?:(?i:både|såväl)\s+)?(?:{PARTNER}{LINK}){{0,2}}{one}(?:{LINK}(?:{one}|{PARTNER})){{0,5}}"
    return Actors(
        one=one,
        several=several,
        police=re.compile(rf"(?:{POLICE})(?![\wåäö])"),
        municipality=re.compile(rf"(?:{municipality})(?![\wåäö])"),
        phrase=re.compile(several),
    )


def named(text: str, known: Actors) -> Promiser | None:
    """Whom a phrase of actors names; None when it only says "vi" or nobody."""
    if BOTH_WORDS.search(text):
        return Promiser.TOGETHER
    police = POLICE_WORD.search(text) is not None
    rest = known.police.sub(" ", text)
    municipality = known.municipality.search(rest) is not None
    if police and municipality:
        return Promiser.TOGETHER
    if police:
        return Promiser.POLICE
    return Promiser.MUNICIPALITY if municipality else None
