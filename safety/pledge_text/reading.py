"""From an upload or a paste to clean text, or a refusal that says what to do instead."""

import re
import unicodedata
from enum import StrEnum

LARGEST = 200_000
FEWEST_WORDS = 5


def _(message: str) -> str:
    """Mark a message for makemessages; the view translates it."""
    return message


class Reason(StrEnum):
    EMPTY = "empty"
    BINARY = "binary"
    DOCUMENT = "document"
    HTML = "html"
    HUGE = "huge"
    TOO_LITTLE = "too_little"
    NOT_A_PLEDGE = "not_a_pledge"
    NO_PROMISES = "no_promises"


MESSAGES: dict[Reason, str] = {
    Reason.EMPTY: _("Texten är tom. Klistra in medborgarlöftets text."),
    Reason.BINARY: _("Filen är inte ren text och går inte att läsa. Klistra in texten i stället."),
    Reason.DOCUMENT: _(
        "Filen är ett dokument (till exempel PDF eller Word) och går inte att läsa här. "
        "Öppna dokumentet, kopiera texten och klistra in den."
    ),
    Reason.HTML: _(
        "Detta är en webbsidas kod. Öppna sidan i webbläsaren, kopiera texten och klistra in den."
    ),
    Reason.HUGE: _("Texten är för stor. Ett medborgarlöfte får vara högst 200 kB."),
    Reason.TOO_LITTLE: _("Texten är för kort för att vara ett medborgarlöfte."),
    Reason.NOT_A_PLEDGE: _("Texten ser inte ut att vara ett medborgarlöfte."),
    Reason.NO_PROMISES: _(
        "Texten nämner medborgarlöften, men inga löften gick att läsa ut. "
        "Klistra in den text där löftena står."
    ),
}


class UnreadablePledge(Exception):
    """The text cannot be read as a pledge; its words are for the person who sent it."""

    def __init__(self, reason_code: Reason) -> None:
        self.reason_code = reason_code
        super().__init__(MESSAGES[reason_code])


DOCUMENT_STARTS = (
    b"%PDF",
    b"PK\x03\x04",  # docx, odt and every other zip
    b"{\\rtf",
    b"\xd0\xcf\x11\xe0",  # the older Word
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
)
HTML = re.compile(r"\A\s*(?:<!doctype\s+html|<html|<\?xml|<body|<head)", re.IGNORECASE)
TAG = re.compile(r"</?(?:p|div|span|br|li|ul|ol|h[1-6]|a|table|td|strong)\b[^>]*>", re.IGNORECASE)
MANY_TAGS = 4

# Marks that no reader sees and that would only hide a word from us.
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
LINE_BREAKS = re.compile("\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl"}
WORD = re.compile(r"[^\W\d_]{2,}")


def clean_text(raw: bytes | str) -> str:
    """The text to read, or `UnreadablePledge` saying why there is none."""
    _refuse_huge(raw)
    text = raw if isinstance(raw, str) else _decoded(raw)
    _refuse_what_is_no_text(text)
    text = INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    text = SPACES.sub(" ", LINE_BREAKS.sub("\n", text))
    for ligature, letters in LIGATURES.items():
        text = text.replace(ligature, letters)
    if not text.strip():
        raise UnreadablePledge(Reason.EMPTY)
    if len(WORD.findall(text)) < FEWEST_WORDS:
        raise UnreadablePledge(Reason.TOO_LITTLE)
    return text


def _refuse_huge(raw: bytes | str) -> None:
    size = len(raw) if isinstance(raw, bytes) else len(raw.encode("utf-8", "surrogatepass"))
    if size > LARGEST:
        raise UnreadablePledge(Reason.HUGE)


def _decoded(raw: bytes) -> str:
    if raw.startswith(DOCUMENT_STARTS):
        raise UnreadablePledge(Reason.DOCUMENT)
    utf_16 = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if utf_16 else ("utf-8-sig", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadablePledge(Reason.BINARY)


def _refuse_what_is_no_text(text: str) -> None:
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith(("%PDF-", "{\\rtf")):
        raise UnreadablePledge(Reason.DOCUMENT)
    if any(unicodedata.category(sign) in {"Cc", "Cs"} and not sign.isspace() for sign in text):
        # \x85 counts as white space: cp1252 puts … there, so it never comes from that decoding.
        raise UnreadablePledge(Reason.BINARY)
    if HTML.match(text) or len(TAG.findall(text)) >= MANY_TAGS:
        raise UnreadablePledge(Reason.HTML)
