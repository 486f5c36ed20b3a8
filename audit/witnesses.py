"""The witnesses as the log knows them: who they are, how one is asked, what each has cosigned (C2SP tlog-witness)."""

import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from audit.auditctl import add_checkpoint_body, notes_in
from audit.checkpoint_file import replace, witnessed_file
from audit.witness import WITNESS_KEY, Note, PublicKey, cosigned_at, read_note, read_size, read_vkey

TIMEOUT = 10.0
LARGEST_ANSWER = 64 * 1024


class Away(Exception):
    """The witness gave no usable answer this time; it is asked again at the next round."""


class Unreachable(Away):
    """It did not answer at all; nor will it, this round, for any other log."""


class NotItsLog(Exception):
    """The witness was never told to trust this log: an agency cosigns its own municipality's."""


class Conflict(Exception):
    """The witness has seen another number of events than it was told."""

    def __init__(self, seen: int) -> None:
        super().__init__(f"it has seen {seen} events")
        self.seen = seen


class NoProof(Exception):
    """The witness does not accept that the log continues what it has seen."""


@dataclass(frozen=True)
class Witness:
    """One line of SSPF_WITNESSES: `witness NAME VKEY URL` (the form of a C2SP tlog-policy)."""

    name: str
    key: PublicKey
    url: str

    def ask(self, old: int, proof: Sequence[bytes], note: str) -> str:
        """Send a new checkpoint; return the witness's signature line, verified."""
        body = add_checkpoint_body(old, proof, note).encode()
        answer = _post(f"{self.url}/add-checkpoint", body)
        head = note.rpartition("\n\n")[0]
        try:
            cosigned = read_note(f"{head}\n\n{answer}")
        except ValueError:
            raise Away("its answer is not a signature") from None
        if cosigned_at(cosigned, self.key) is None:
            raise Away("its answer is not signed by its key")
        return cosigned.by(self.key)[-1][1]


def read_witnesses(text: str) -> tuple[Witness, ...]:
    """The witnesses of the configuration; raises ValueError with the line that is wrong."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        if len(words) != 4 or words[0] != "witness" or urlsplit(words[3]).scheme not in _SCHEMES:
            raise ValueError(f"SSPF_WITNESSES, line {number}: it is `witness NAME VKEY URL`")
        try:
            key = read_vkey(words[2], WITNESS_KEY)
        except ValueError as fault:
            raise ValueError(f"SSPF_WITNESSES, line {number}: {fault}") from None
        found.append(Witness(words[1], key, words[3].rstrip("/")))
    if len({witness.name for witness in found}) < len(found):
        raise ValueError("SSPF_WITNESSES names a witness twice")
    return tuple(found)


def kept_notes(folder: Path, municipality_id: UUID, keys: Iterable[PublicKey]) -> dict[str, Note]:
    """For each witness's name the last note it cosigned, as kept beside the checkpoints."""
    file = witnessed_file(folder, municipality_id)
    notes = notes_in(file.read_text(encoding="utf-8")) if file.exists() else []
    last: dict[str, Note] = {}
    for note in sorted(map(read_note, notes), key=lambda one: one.size):
        last |= {key.name: note for key in keys if cosigned_at(note, key) is not None}
    return last


def keep_notes(folder: Path, municipality_id: UUID, last: Mapping[str, Note]) -> None:
    """Keep each witness's last note; one that several cosigned is written once, smallest note first."""
    notes: dict[str, dict[str, None]] = {}
    for note in sorted(last.values(), key=lambda one: one.size):
        notes.setdefault(note.text, {}).update(dict.fromkeys(line for *_, line in note.signatures))
    text = "\n".join(
        f"{body}\n" + "".join(f"{line}\n" for line in lines) for body, lines in notes.items()
    )
    replace(witnessed_file(folder, municipality_id), text)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """A witness answers where it was said to be, or not at all."""


_SCHEMES = ("http", "https")
_opener = urllib.request.build_opener(_NoRedirect)


def _post(url: str, body: bytes) -> str:
    request = urllib.request.Request(  # noqa: S310  the scheme was checked when it was read
        url, data=body, headers={"Content-Type": "text/plain; charset=utf-8"}
    )
    try:
        with _opener.open(request, timeout=TIMEOUT) as answer:
            return str(answer.read(LARGEST_ANSWER).decode())
    except urllib.error.HTTPError as refusal:
        with refusal:
            _raise_refusal(refusal.code, refusal.read(100).decode(errors="replace"))
    except (OSError, HTTPException, ValueError) as fault:
        raise Unreachable(f"it does not answer ({type(fault).__name__})") from None
    raise AssertionError


def _raise_refusal(status: int, body: str) -> None:
    if status == 404:
        raise NotItsLog
    if status == 422:
        raise NoProof
    if status == 409:
        try:
            raise Conflict(read_size(body.strip()))
        except ValueError:
            raise Away("it answers 409 without a size") from None
    raise Away(f"it answers {status}")
