"""Canaries: texts that exist nowhere else, one for each sealed field, and a search for them in any clothing."""

from __future__ import annotations

import base64
import http.client
import random
import string
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.apps import apps
from django.conf import settings
from django.db.models import Model
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from access.actor import system_actor
from access.models import Agency
from access.request_transaction import set_partition, work
from cases.rules.identity_number import NotAnIdentityNumber, read_identity_number
from crypto.errors import CryptoError
from crypto.fields import SealedField, SealedKeyField
from crypto.keys import data_keys
from crypto.seal import Binding, open_batch, seal
from crypto.sealed import token_of
from crypto.token import split

GZIP = b"\x1f\x8b\x08"
UNPACKED_AT_MOST = 1_000_000


class Canaries:
    """The markers of one run. All share a core, so that one search finds any of them in hundreds of megabytes."""

    def __init__(self, seed: int | None = None) -> None:
        chance = random.Random(seed)
        self.core = "".join(chance.choices(string.ascii_lowercase, k=12))
        self.birth_date = f"{chance.randint(2009, 2012)}-07-{chance.randint(10, 28)}"
        digits = self.birth_date.replace("-", "") + str(chance.randint(230, 239))
        self.number = next(
            f"{digits[:8]}-{digits[8:]}{check}"
            for check in range(10)
            if _is_number(f"{digits}{check}")
        )
        self._uids: dict[str, str] = {}

    def of(self, uid: str) -> str:
        """The field's marker: letters that need encoding around the core, and the field's own number."""
        number = len(self._uids) + 10
        return self._uids.setdefault(uid, f"å{self.core}ö{number}ä")

    def words(self) -> list[str]:
        """What is sought: the core, and the values that have a form of their own."""
        plain = self.number.replace("-", "")
        return [self.core, self.number, plain, plain[2:], self.birth_date]

    def found_in(self, haystack: bytes) -> list[str]:
        """Which words are there, in clear, encoded, or packed."""
        found = [word for word in self.words() if _is_in(word, haystack)]
        at = haystack.find(GZIP)
        while at != -1 and not found:
            found = [word for word in self.words() if _is_in(word, _unpacked(haystack[at:]))]
            at = haystack.find(GZIP, at + 1)
        return found


def _is_number(digits: str) -> bool:
    try:
        read_identity_number(digits)
    except NotAnIdentityNumber:
        return False
    return True


def _unpacked(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(packed, UNPACKED_AT_MOST)
    except zlib.error:
        return b""


def _is_in(word: str, haystack: bytes) -> bool:
    return any(form in haystack for form in forms_of(word))


def forms_of(word: str) -> list[bytes]:
    """An ASCII word as it may stand in bytes; JSON, URLs and quoted-printable leave it as it is."""
    raw = word.encode("ascii")
    wide = [word.encode("utf-16-le"), word.encode("utf-16-be")]
    forms = [raw, raw.upper(), *wide]
    for one in (raw, *wide):
        forms += [one.hex().encode(), one.hex().upper().encode()]
    for before in range(3):
        # A base64 digit holds six bits: those that hold neighbouring bytes too are left out.
        own = slice(-(-before * 8 // 6), (before + len(raw)) * 8 // 6)
        forms.append(base64.b64encode(bytes(before) + raw)[own])
    return forms


# ------------------------------------------------------------------------------------ the sealed fields


def sealed_fields() -> dict[str, SealedField]:
    """Every field that holds a sealed text, by its uid; a file's key is no text."""
    return {
        field.uid: field
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, SealedField) and not isinstance(field, SealedKeyField)
    }


def opened() -> dict[str, str]:
    """Field uid → everything that any row of any agency holds in it, opened here and nowhere else."""
    found: dict[str, list[str]] = {uid: [] for uid in sealed_fields()}
    for agency, uid, row in _rows():
        value = getattr(row, sealed_fields()[uid].attname)
        try:
            with work(None):
                _enter(agency)
                found[uid] += open_batch(
                    [(value, Binding(uid, row.municipality_id, row.agency_id, row.pk))]
                )
        except CryptoError:
            continue
    return {uid: "\n".join(texts) for uid, texts in found.items()}


def plant(uid: str, text: str) -> None:
    """Seal a text into a row that exists, under the key that the row's value has now."""
    field = sealed_fields()[uid]
    agency, _uid, row = next(found for found in _rows() if found[1] == uid)
    with work(None):
        _enter(agency)
        key_id, _rest = split(token_of(getattr(row, field.attname)))
        key = data_keys([key_id])[key_id]
        setattr(row, field.attname, seal(text, key=key, field=uid, row_id=row.pk))
        row.save(update_fields=[field.attname])


def _rows() -> list[tuple[Agency, str, Any]]:
    rows: list[tuple[Agency, str, Any]] = []
    for agency in Agency.objects.all():
        with work(None):
            _enter(agency)
            for uid, field in sealed_fields().items():
                model: type[Model] = field.model
                held = model._default_manager.exclude(**{f"{field.attname}__isnull": True})
                rows += [(agency, uid, row) for row in held]
    return rows


def _enter(agency: Agency) -> None:
    set_partition(
        system_actor(name="", municipality_id=agency.municipality_id, agency_id=agency.id)
    )


# ------------------------------------------------------------------------------- a browser over a socket


@dataclass(frozen=True)
class Answer:
    """What came back, in the words that the steps of the tests use."""

    status_code: int
    head: http.client.HTTPMessage
    content: bytes

    def __getitem__(self, name: str) -> str:
        return str(self.head[name])


class Browser:
    """Somebody signed in, over real HTTP, so that what the web's own process does is what is tried."""

    TOKEN = "k" * 32

    def __init__(self, address: str, client: Client, heard: list[bytes]) -> None:
        self._place = urlsplit(address)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        self._cookies = (
            f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={self.TOKEN}"
        )
        self._heard = heard
        # Who it is, as Django's own client tells it.
        self.session = client.session

    def get(self, path: str, **headers: str) -> Answer:
        return self._send("GET", path, None, headers)

    def post(self, path: str, fields: Mapping[str, Any], **headers: str) -> Answer:
        given = {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": self.TOKEN}
        if "file" in fields:
            given["Content-Type"], body = (
                MULTIPART_CONTENT,
                encode_multipart(BOUNDARY, dict(fields)),
            )
        else:
            body = urlencode(fields, doseq=True).encode()
        return self._send("POST", path, body, given | headers)

    def _send(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        assert self._place.hostname
        line = http.client.HTTPConnection(self._place.hostname, self._place.port, timeout=30)
        try:
            line.request(method, path, body, {"Cookie": self._cookies, **headers})
            got = line.getresponse()
            answer = Answer(got.status, got.headers, got.read())
        finally:
            line.close()
        # The name of a file is for the one who downloads it; every other header is kept and searched.
        kept = [f"{k}: {v}" for k, v in answer.head.items() if k != "Content-Disposition"]
        self._heard.append("\n".join(kept).encode())
        return answer


def read_all(paths: Iterable[Path]) -> bytes:
    """The bytes of files, however many; one that goes away meanwhile is passed over."""
    found = bytearray()
    for path in paths:
        try:
            if path.is_file():
                found += path.read_bytes()
        except FileNotFoundError:
            continue
    return bytes(found)
