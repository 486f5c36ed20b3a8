"""The grammar of headings, as tables: what a line opens, by its words alone.

A table row is (name, pattern); the pattern must fit the whole line, in any case, once a trailing
colon, exclamation mark or dash is gone. The headings that name a promiser are in `promisers`.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from safety.pledge_text.result import Promiser


class Opens(StrEnum):
    """What the lines under a heading are."""

    PROMISES = "promises"
    ACTIVITIES = "activities"
    FOCUS = "focus"
    BACKGROUND = "background"
    OTHER = "other"
    CONTACT = "contact"
    ARCHIVE = "archive"


@dataclass(frozen=True)
class Heading:
    """`strict` sections take bullets, and prose only where it says who will do it."""

    opens: Opens
    promiser: Promiser | None = None
    joint: bool = False  # says "tillsammans": no item in it is one party's alone
    strict: bool = False
    inline: str = ""  # what followed the colon on the same line


PLEDGE = r"(?:medborgar|trygghets)löfte(?:t|n|na|s)?"
ABOUT_YEAR = (
    r"(?:\s*(?:för|under|åren|år|perioden|gäller|från|,|\()*\s*"
    r"(?:20\d\d(?:\s*(?:[-–—/]|och|till)\s*(?:20)?\d\d)?|[-–’'´]\s?\d\d)\)?)?"
)
COUNT = r"(?:(?:en|två|tre|fyra|fem|sex|sju|åtta|nio|tio|\d{1,2})\s+)?"
FOCUS_WORD = (
    r"(?:fokusområde(?:n|na|t)?|fokus|prioriterade\s+(?:fokus|problem|insats)?områden(?:a)?"
    r"|prioriteringar(?:na)?|problemområden(?:a)?|insatsområden(?:a)?|utvecklingsområden(?:a)?"
    r"|inriktningar(?:na)?)"
)

KNOWN: tuple[tuple[Opens, str, str], ...] = (
    (Opens.OTHER, "what you can do", r"(?:så|vad|hur|här)\s+kan\s+du\b.*|tips\b.*|hjälp\s+oss\b.*"),
    (
        Opens.CONTACT,
        "signed for",
        r"för\s+(?:polis\w*|lokalpolisområde.{0,40}|[\wåäöé -]{2,30}\s(?:kommun|stad))",
    ),
    (Opens.OTHER, "signed on", r"(?:[\wåäöé-]+,?\s+)?den\s+\d{1,2}\s+[a-zåäö]+\s+20\d\d"),
    (
        Opens.ARCHIVE,
        "earlier pledges",
        rf"(?:tidigare|avslutade|äldre|föregående|förra)\s.*{PLEDGE}.*",
    ),
    (Opens.OTHER, "follow-up", r"uppföljning(?:en)?(?:\s+(?:av|för|och|20).{0,60})?"),
    (
        Opens.OTHER,
        "result",
        r"(?:utvärdering|resultat|återkoppling|effekt)(?:en|er|et)?(?:\s.{0,40})?",
    ),
    (
        Opens.OTHER,
        "effect",
        r"(?:förväntad|önskad)e?\s+(?:effekt|resultat)(?:er)?|mål(?:sättning)?(?:ar)?",
    ),
    (
        Opens.OTHER,
        "aim",
        r"(?:det\s+här|detta)\s+(?:vill|ska)\s+vi\s+(?:åstadkomma|uppnå)(?:\s.{0,30})?",
    ),
    (Opens.OTHER, "about us", r"om\s+(?:oss|polisen|kommunen|[\wåäöé -]{2,30}\s+(?:kommun|stad))"),
    (
        Opens.OTHER,
        "follow us",
        r"följ\s+(?:vårt\s+)?arbetet?|så\s+(?:här\s+)?följer\s+vi\s+upp.{0,40}",
    ),
    (
        Opens.OTHER,
        "validity",
        r"(?:giltighet|avtals|gällande)(?:stid)?|tidplan|tidsperiod|handlingsplan",
    ),
    (Opens.OTHER, "survey", r"medborgarenkät.{0,60}|trygghetsmätning.{0,30}"),
    (Opens.OTHER, "links", r"(?:relaterade?|mer)\s+(?:länkar|information|innehåll|nyheter)|länkar"),
    (Opens.OTHER, "documents", r"dokument|bilagor?|filer|läs\s+mer(?:\s+om.{0,60})?|läs\s+också"),
    (
        Opens.CONTACT,
        "contact",
        r"(?:press)?kontakt(?:a\s+oss|personer|person|uppgifter)?(?:\s.{0,40})?",
    ),
    (
        Opens.CONTACT,
        "for more",
        r"för\s+(?:mer|ytterligare|vidare)?\s*(?:information|frågor).{0,60}",
    ),
    (
        Opens.CONTACT,
        "signatures",
        r"underskrift(?:er)?|undertecknas(?:\s+av)?|undertecknare|ort och datum",
    ),
    (
        Opens.BACKGROUND,
        "situation picture",
        (
            r"(?:gemensam(?:ma)?\s+|lokal(?:a)?\s+|vår(?:a)?\s+)?(?:läges|problem|nuläges)bild(?:en|er)?"
            r"(?:\s*[-–—:(]?\s*.{0,60})?"
        ),
    ),
    (
        Opens.BACKGROUND,
        "background",
        r"bakgrund|inledning|syfte(?:t)?(?:\s+med.{0,40})?|nuläge|utgångsläge",
    ),
    (
        Opens.BACKGROUND,
        "today",
        r"(?:situationen|läget|så\s+ser\s+det\s+ut)\s+(?:idag|i\s+dag).{0,60}",
    ),
    (Opens.BACKGROUND, "what is it", rf"(?:vad\s+är|om|varför)\s+(?:ett\s+|våra\s+)?{PLEDGE}\??"),
    (
        Opens.BACKGROUND,
        "what it shall",
        rf"(?:ett\s+)?{PLEDGE}\s+(?:ska|skall|syftar\s+till(?:\s+att)?|bidrar till)",
    ),
    (
        Opens.BACKGROUND,
        "how made",
        r"(?:så|hur)\s+(?:här\s+)?(?:har|togs|tog|tas|arbetar).{0,40}(?:löfte\w*\s+)?fram(?:\s.{0,20})?",
    ),
    (
        Opens.BACKGROUND,
        "dialogue",
        r"(?:medborgar|medarbetar|samverkans)dialog(?:er|en)?(?:\s+20\d\d)?",
    ),
    (
        Opens.FOCUS,
        "focus areas",
        (
            rf"(?:våra\s+|följande\s+|gemensamma\s+|årets\s+|valda\s+)*{COUNT}"
            rf"(?:våra\s+|gemensamma\s+)?{FOCUS_WORD}"
            rf"(?:\s+(?:är|under\s+perioden|i\s+.{{1,30}}))?{ABOUT_YEAR}(?:\s+är)?"
        ),
    ),
)

# A sentence that ends in a colon and opens a list; searched for, in this order.
LEADS: tuple[tuple[Opens, str, str], ...] = (
    (Opens.FOCUS, "focus areas follow", rf"\b{FOCUS_WORD}\b"),
    (
        Opens.BACKGROUND,
        "purpose follows",
        rf"\b(?:syfte(?:t|n)?|{PLEDGE}\s+(?:ska|skall|syftar))\b",
    ),
    (
        Opens.ACTIVITIES,
        "activities follow",
        (
            r"^(?:det(?:ta)?|dessa|löftet|så|här|följande|aktiviteter|åtgärder)\b.*"
            r"\b(?:genom(?:\s+att)?|aktiviteter|åtgärder|insatser)\b"
        ),
    ),
    (
        Opens.PROMISES,
        "promises follow",
        r"löfte(?:n|t)?$|\b(?:genom(?:\s+att)?|bland\s+annat|att)$",
    ),
)

ACTIVITIES = re.compile(
    r"(?:konkreta\s+|planerade\s+|våra\s+)?(?:aktivitet(?:er|erna)?|åtgärd(?:er|erna)?|insats(?:er|erna)?"
    r"|delaktiviteter|så\s+(?:här\s+)?(?:gör|ska)\s+vi(?:\s+(?:det|göra|genomföra).{0,30})?)",
    re.IGNORECASE,
)

# Promise headings that name nobody. Strict ones may also be the page's title.
NOBODY: tuple[tuple[bool, str, str], ...] = (
    (False, "our promises", rf"(?:här\s+är\s+)?(?:våra|årets)?\s*löften(?:a)?{ABOUT_YEAR}"),
    (False, "what we promise", r"(?:det\s+här|detta|vad|här)\s+lovar\s+vi(?:\s+(?:dig|er))?|vad\s+vi\s+lovar"),
    (False, "we promise", r"vi\s+(?:lovar|åtar\s+oss|förbinder\s+oss)(?:\s+(?:att|dig|er|följande))*"),
    (True, "pledge", (rf"(?:[\wåäöé /,-]{{2,60}}\s[-–—]\s)?(?:våra\s+|nya\s+|nytt\s+|årets\s+|ett\s+)?{PLEDGE}"
                     rf"(?:\s+(?:i|för)\s+[\wåäöé -]{{2,40}}?)?{ABOUT_YEAR}(?:\s+års?)?")),
    (True, "year's pledge", rf"20\d\d\s+års\s+{PLEDGE}"),
    (True, "what we shall do", r"(?:det\s+här|detta|så\s+här|vad)\s+(?:ska|kommer|gör|tänker)\s+vi(?:\s+att)?(?:\s+göra)?"),
    (True, "what we shall do", r"vad\s+vi\s+(?:ska\s+göra|gör)"),
    (True, "activities", ACTIVITIES.pattern),
)  # fmt: skip

# Words of the web page around the pledge: shown as unplaced, and they change nothing.
FURNITURE = re.compile(
    r"(?:till\s+toppen|taggar|dela(?:\s+(?:på|sidan|artikeln|via|med)\b.{0,30})?|skriv\s+ut|lyssna|sök|(?:stäng\s+)?meny|null|nyheter|start"
    r"|tillbaka(?:\s+till.{0,30})?|kommentar.{0,60}|\d+\s+(?:reaktion|kommentar).*|hoppa\s+till.{0,40}|kakor.{0,40}"
    r"|(?:senast\s+)?(?:uppdaterad|publicerad|granskad|ändrad)\b.{0,60}|sidan?s?\s+(?:innehåll|publicerades).*"
    r"|(?:här\s+)?(?:kan\s+)?(?:du\s+)?(?:kan\s+)?läs(?:a)?\s+(?:mer|vidare|hela|våra?)\b.*|klicka\s+här.*"
    r"|ladda\s+(?:ner|ned)\b.*|länk\s+till\b.*|hjälpte\s+informationen.*|hade\s+du\s+nytta.*|tack\s+för\s+att.*"
    r"|sid(?:a|an)?\s+\d+(?:\s+(?:av|\()\s*\d+\)?)?|\d{1,3}(?:\s*\(\d{1,3}\))?|.{0,80}\.(?:pdf|docx?)(?:\s*\(.*\))?)",
    re.IGNORECASE,
)

# What belongs to the promise above it but is no promise: shown as unplaced, and changes nothing.
DETAIL = re.compile(
    r"(?:ansvar(?:ig|iga|ar)?|tid(?:plan|speriod)?|när|hur|indikator(?:er)?|mått|mätning|mål|syfte|status|resultat"
    r"|uppföljning|start|klart|utförare|genomförande|kostnad|förväntad effekt)\s*:\s+\S.*",
    re.IGNORECASE,
)
ONE_AREA = re.compile(
    r"(?:fokusområde|prioriterat\s+område|insatsområde)\s*(?:nr\.?\s*)?\d{0,2}\s*[.:–—-]*\s+(?P<name>\S.{1,80})",
    re.IGNORECASE,
)
RESPONSIBLE = re.compile(r"ansvar(?:ig|iga|ar)?\s*:\s+(?P<who>\S.*?)\.?", re.IGNORECASE)
ACTIVITY = re.compile(r"(?:del)?aktivitet(?:er)?\s*:\s+\S.*", re.IGNORECASE)
NO_WORDS = re.compile(r"(?:att|och|samt|genom|genom\s+att|följande|[\W\d_])+", re.IGNORECASE)

# Prose that tells of the pledge and promises nothing.
ABOUT = re.compile(
    rf"{PLEDGE}|^löftet\s|^löftena\s|lägesbild|problembild|medborgardialog|medarbetardialog"
    r"|samverkansöverenskommelse|övergripande\s+mål",
    re.IGNORECASE,
)

_KNOWN = tuple((opens, re.compile(pattern, re.IGNORECASE)) for opens, _name, pattern in KNOWN)
_LEADS = tuple((opens, re.compile(pattern, re.IGNORECASE)) for opens, _name, pattern in LEADS)
_NOBODY = tuple((strict, re.compile(pattern, re.IGNORECASE)) for strict, _name, pattern in NOBODY)
MOST_WORDS = 14


def bare(text: str) -> str:
    """A heading without the signs that end it."""
    return text.rstrip(" :!–—-").strip()


def known_heading(text: str) -> Heading | None:
    """A heading by its words, of those that name no promiser."""
    core = bare(text)
    if len(core.split()) > MOST_WORDS or core.endswith("."):
        return None
    for opens, pattern in _KNOWN:
        if pattern.fullmatch(core):
            return Heading(opens)
    for strict, pattern in _NOBODY:
        if pattern.fullmatch(core):
            return Heading(Opens.PROMISES, strict=strict)
    return None


def lead(text: str) -> Opens | None:
    """What a sentence that ends in a colon opens, if its words tell."""
    core = text.rstrip(": ")
    return next((opens for opens, pattern in _LEADS if pattern.search(core)), None)
