"""Logs in memory and witnesses in folders, for the tests of both sides of cosigning."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from audit import witness as witness_module
from audit.auditctl import (
    Checkpoint,
    Tree,
    add_checkpoint_body,
    consistency_proof,
    origin_of,
    roots_of,
    sign_checkpoint,
)
from audit.witness import LOG_KEY, PublicKey, Witness, make_key
from crypto.signing import Signer
from tests.limits import ended_after
from tests.site import free_port

SIGNER = Signer(bytes(range(32)))


@dataclass
class Branch:
    """A log that is only its leaves: notes and proofs of any of its sizes."""

    leaves: Sequence[bytes]
    municipality_id: UUID = field(default_factory=uuid4)
    signer: Signer = SIGNER

    @property
    def origin(self) -> str:
        return origin_of(self.municipality_id)

    @property
    def vkey(self) -> str:
        return PublicKey(self.origin, LOG_KEY, self.signer.public_key).vkey()

    def root(self, size: int) -> bytes:
        tree = Tree()
        tree.extend(self.leaves[:size])
        return tree.root()

    def note(self, size: int) -> str:
        checkpoint = Checkpoint(self.origin, size, self.root(size))
        return sign_checkpoint(
            checkpoint, self.signer.sign, self.signer.public_key, datetime.now(UTC)
        )

    def proof(self, old: int, size: int) -> list[bytes]:
        return consistency_proof(old, size, roots_of(self.leaves))

    def request(self, old: int, size: int) -> bytes:
        return add_checkpoint_body(old, self.proof(old, size), self.note(size)).encode()


def leaves(number: int, first: int = 0) -> list[bytes]:
    return [bytes([first]) + i.to_bytes(31, "big") for i in range(number)]


def new_witness(folder: Path, *logs: Branch, name: str = "witness.example/w1") -> Witness:
    make_key(folder, name)
    witness = Witness(folder)
    for one in logs:
        witness.trust(one.vkey)
    return witness


@contextmanager
def serving(folder: Path, port: int | None = None) -> Iterator[str]:
    """The witness as the agency runs it: a process of its own; gives its address."""
    listen = f"127.0.0.1:{port or free_port()}"
    process = subprocess.Popen(
        [sys.executable, witness_module.__file__, "--folder", str(folder), "serve", "--listen", listen],
        stderr=subprocess.PIPE,
        env={"PATH": os.environ["PATH"]},
        cwd="/",
        text=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        with ended_after(60, process):
            assert "answers on" in process.stderr.readline()
        yield f"http://{listen}"
    finally:
        process.kill()
        process.communicate(timeout=60)


def post(url: str, body: bytes, path: str = "/add-checkpoint") -> tuple[int, str, str]:
    """Status, content type and body of the answer."""
    request = urllib.request.Request(f"{url}{path}", data=body)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.headers["Content-Type"], refusal.read().decode()


def evidence(witness: Witness) -> list[list[str]]:
    """For each refusal the two notes that are kept."""
    found = []
    for file in witness.refusals():
        text = file.read_text(encoding="utf-8")
        parts = re.split(r"^--- .* ---\n", text, flags=re.MULTILINE)
        found.append([parts[1].removesuffix("\n"), parts[2].removesuffix("\n")])
    return found
