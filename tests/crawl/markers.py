"""Markers: a text for each sealed cell of the world that exists nowhere else, and a search for them in any clothing."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import html
import re
import zlib
from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from urllib.parse import unquote
from uuid import UUID

from pypdf import PdfReader

from tests.crypto.canary import forms_of

SEED = b"the canary crawl"
# Shared by all markers, so that one search tells whether any is there, however it is encoded.
CORE = "ZQKANARIE"
MARKER = re.compile(CORE + r"[A-Z2-7]{16}", re.IGNORECASE)
BASE64_RUN = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
HEX_RUN = re.compile(r"[0-9a-fA-F]{36,}")
# A line of a mail or of a calendar that goes on in the next.
FOLDED = re.compile(r"=\r?\n|\r\n[ \t]")
GZIP = b"\x1f\x8b\x08"
UNPACKED_AT_MOST = 2_000_000
# What stands around the marker: what HTML, URLs, JSON, spreadsheets and terminals could trip over.
CLOTHES = (
    "<b>{}</b>",
    "å{}ö 'enkelt' \"dubbelt\"",
    "ÅÄÖ {} é ß",
    "مرحبا {} بالعالم",
    "\u202e{}\u202c",
    "=HYPERLINK({})",
    "Привет {} 你好",
    "&lt;{}&amp; %41 \\u0041",
)
RAW_MARKUP = re.compile(f"<b>{CORE}[A-Z2-7]{{16}}</b>")


def marker_of(uid: str, row_id: UUID) -> str:
    """The cell's marker: 80 bits under a key, in letters that no escaping changes."""
    digest = hmac.new(SEED, f"{uid}/{row_id}".encode(), hashlib.sha256).digest()
    return CORE + base64.b32encode(digest[:10]).decode()


def text_of(uid: str, row_id: UUID) -> str:
    """The marker as somebody may have typed it, in one of several scripts."""
    marker = marker_of(uid, row_id)
    return CLOTHES[int.from_bytes(marker[-4:].encode()) % len(CLOTHES)].format(marker)


def _encoded_core() -> re.Pattern[bytes]:
    """The core in every encoding of its bytes; in clear it is found as it is."""
    plain = CORE.encode()
    forms = {form for one in (plain, plain.lower()) for form in forms_of(one.decode())}
    return re.compile(b"|".join(re.escape(form) for form in forms - {plain, plain.lower()}))


ENCODED_CORE = _encoded_core()


def readings(body: bytes) -> Iterator[str]:
    """The bytes read in every way in which a text may stand in them: decoded further only where there is something."""
    plain = body.decode("utf-8", errors="replace")
    yield plain
    if body.startswith(b"%PDF"):
        yield from _pages(body)
        return
    if "&#" in plain:
        yield html.unescape(plain)
    if "%5" in plain or "%7" in plain:
        yield unquote(plain)
    if FOLDED.search(plain):
        yield FOLDED.sub("", plain)
    if b"\x00" in body:
        for start in (0, 1):
            yield body[start:].decode("utf-16-le", errors="replace")
    if ENCODED_CORE.search(body):
        yield from _encoded(plain)
    at = body.find(GZIP)
    while at != -1:
        unpacked = _unpacked(body[at:])
        if unpacked:
            yield unpacked.decode("utf-8", errors="replace")
        at = body.find(GZIP, at + 1)


@lru_cache(maxsize=64)
def _pages(body: bytes) -> tuple[str, ...]:
    """A paper's pages; many members are given the same."""
    pages = [page.extract_text() for page in PdfReader(BytesIO(body)).pages]
    # A word that is too long for its line goes on in the next.
    return (*pages, *("".join(page.split()) for page in pages))


def _encoded(plain: str) -> Iterator[str]:
    for run in BASE64_RUN.findall(plain):
        for start in range(4):
            part = run[start:].rstrip("=").replace("-", "+").replace("_", "/")
            part = part[:-1] if len(part) % 4 == 1 else part + "=" * (-len(part) % 4)
            try:
                yield base64.b64decode(part).decode("latin-1")
            except (binascii.Error, ValueError):
                continue
    for run in HEX_RUN.findall(plain):
        for start in (0, 1):
            part = run[start:]
            yield bytes.fromhex(part[: len(part) // 2 * 2]).decode("latin-1")


def _unpacked(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(packed, UNPACKED_AT_MOST)
    except zlib.error:
        return b""
