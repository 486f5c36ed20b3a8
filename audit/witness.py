"""A witness for an SSPF evidence log: one file, needs only Python 3.11 and the package `cryptography`.

An agency runs it on a machine of its own. It remembers how long the municipality's log was and what it held, as
one hash, and signs that ("cosigns"). Whoever later cuts, changes or rebuilds the log cannot get past what the
witness remembers: it refuses, and keeps both versions as evidence. It never sees an event, a name or a case.

    python witness.py key witness.school.example   once: makes the key; give the printed line to the municipality
    python witness.py trust "sspf/…+1a2b3c4d+AX…"  once: the line that the municipality gave you
    python witness.py serve --listen 10.0.0.5:8088 stays and answers the municipality's server
    python witness.py cosign request.txt           the same for one request that came as a file
    python witness.py show                         what it has seen, and whether it ever refused

Everything lies in one folder (--folder, else ./witness): key, trusted-logs, seen/, refused/. Back it up. Never start
a witness anew with an empty folder and the old name: what it forgot, it can no longer hold the log to.

Formats: C2SP signed-note, tlog-checkpoint, tlog-cosignature (Ed25519) and tlog-witness; proofs of RFC 6962 §2.1.2.
"""

import argparse
import base64
import binascii
import fcntl
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LOG_KEY, WITNESS_KEY = 0x01, 0x04
LARGEST_REQUEST = 64 * 1024
MOST_PROOF_LINES = 63
PATIENCE = 10
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_NAME = re.compile(r"[^\s+]{1,255}")


class Refused(Exception):
    """What is not cosigned: the status of C2SP tlog-witness, and why."""

    def __init__(
        self, status: int, why: str, *, seen: int | None = None, file: Path | None = None
    ) -> None:
        super().__init__(why)
        self.status, self.seen, self.file = status, seen, file


class Unusable(Exception):
    """The witness's own folder is not as it must be; the message says what to do."""


# ----------------------------------------------------------------------------------- keys and notes


@dataclass(frozen=True)
class PublicKey:
    """A named Ed25519 key of one kind: that of a log (0x01) or of a witness (0x04)."""

    name: str
    kind: int
    raw: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that name the key in a signature line."""
        return sha256(self.name.encode() + b"\n" + bytes((self.kind,)) + self.raw).digest()[:4]

    def vkey(self) -> str:
        """The key as one line of text (C2SP signed-note, verifier key)."""
        return f"{self.name}+{self.id.hex()}+{_encode(bytes((self.kind,)) + self.raw)}"


def read_vkey(text: str, kind: int) -> PublicKey:
    """Read a key from its line; raises ValueError with the reason."""
    parts = text.strip().split("+", 2)
    if len(parts) != 3 or not _NAME.fullmatch(parts[0]):
        raise ValueError("a key is one line: name+hash+letters")
    raw = _decode(parts[2])
    if len(raw) != 33 or raw[0] != kind:
        raise ValueError(f"it is not an Ed25519 key of kind {kind}")
    key = PublicKey(parts[0], kind, raw[1:])
    if key.id.hex() != parts[1]:
        raise ValueError("its hash does not fit: a part of the line was lost or changed")
    return key


@dataclass(frozen=True)
class Note:
    """A checkpoint as it came: what was signed, and the signature lines."""

    text: str
    origin: str
    size: int
    root: bytes
    signatures: tuple[tuple[str, bytes, str], ...]

    def by(self, key: PublicKey) -> list[tuple[bytes, str]]:
        """What the key is said to have signed: signature, line."""
        return [
            (stamp[4:], line)
            for name, stamp, line in self.signatures
            if name == key.name and stamp[:4] == key.id
        ]


def read_note(text: str) -> Note:
    """Take a signed checkpoint apart without believing it; raises ValueError with the reason."""
    if any(letter < " " and letter != "\n" for letter in text):
        raise ValueError("it holds control characters")
    head, gap, tail = text.rpartition("\n\n")
    lines = head.split("\n")
    if not gap or not tail.endswith("\n") or len(lines) < 3 or "" in lines:
        raise ValueError("it is not a signed checkpoint")
    root = _decode(lines[2])
    if len(root) != 32:
        raise ValueError("its root is not a hash")
    signatures = tuple(_read_signature(line) for line in tail[:-1].split("\n"))
    return Note(f"{head}\n", lines[0], read_size(lines[1]), root, signatures)


def _read_signature(line: str) -> tuple[str, bytes, str]:
    dash, _, rest = line.partition(" ")
    name, _, stamp = rest.partition(" ")
    raw = _decode(stamp)
    if dash != "—" or not _NAME.fullmatch(name) or len(raw) < 5:
        raise ValueError("it has a malformed signature line")
    return name, raw, line


def read_size(text: str) -> int:
    """A number of events; raises ValueError for anything but its one usual form."""
    if not _SIZE.fullmatch(text) or int(text) >= 1 << 63:
        raise ValueError("a size is not a number")
    return int(text)


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _decode(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("it has a part that is not base64") from None
    if _encode(raw) != text:
        raise ValueError("it has a part that is not base64 in its usual form")
    return raw


def signed_by(note: Note, keys: Sequence[PublicKey]) -> bool:
    """Tell whether a known key signed the note; one false signature by a known key spoils it."""
    found = [(key, signature) for key in keys for signature, _line in note.by(key)]
    for key, signature in found:
        try:
            Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, note.text.encode())
        except InvalidSignature:
            return False
    return bool(found)


def cosigned_at(note: Note, key: PublicKey) -> int | None:
    """When a witness cosigned the note, in seconds since 1970; None if it did not."""
    times = []
    for stamp, _line in note.by(key):
        seconds = int.from_bytes(stamp[:8], "big")
        message = f"cosignature/v1\ntime {seconds}\n{note.text}".encode()
        try:
            Ed25519PublicKey.from_public_bytes(key.raw).verify(stamp[8:], message)
        except InvalidSignature:
            return None
        times.append(seconds)
    return max(times, default=None)


def continues(
    old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> bool:
    """Tell whether the proof shows that the larger tree begins with the smaller (RFC 9162 §2.1.4.2)."""
    if old_size == 0:
        return not proof and (size > 0 or root == sha256(b"").digest())
    if old_size == size:
        return not proof and old_root == root
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    if old_size > size or not proof:
        return False
    left, right = old_size - 1, size - 1
    while left & 1:
        left, right = left >> 1, right >> 1
    before = after = path[0]
    for one in path[1:]:
        if right == 0:
            return False
        if left & 1 or left == right:
            before, after = _node(one, before), _node(one, after)
            while left and not left & 1:
                left, right = left >> 1, right >> 1
        else:
            after = _node(after, one)
        left, right = left >> 1, right >> 1
    return right == 0 and before == old_root and after == root


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


# --------------------------------------------------------------------------------------- cosigning


def read_request(body: bytes) -> tuple[int, list[bytes], Note]:
    """The old size, the consistency proof and the new note (C2SP tlog-witness, add-checkpoint)."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise ValueError("the request is not text") from None
    head, gap, note = text.partition("\n\n")
    first, *proof = head.split("\n")
    if not gap or not first.startswith("old ") or len(proof) > MOST_PROOF_LINES:
        raise ValueError("the request does not begin with a size and a proof")
    hashes = [_decode(line) for line in proof]
    if any(len(one) != 32 for one in hashes):
        raise ValueError("its proof is not made of hashes")
    return read_size(first.removeprefix("old ")), hashes, read_note(note)


class Witness:
    """The folder of one witness: its key, the logs it trusts, what it has seen and what it refused."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seed, self.key = _read_key(folder / "key")

    def cosign(self, body: bytes, clock: Callable[[], float] = time.time) -> str:
        """Answer a request with a signature line; raises Refused. What was seen is on the disk first."""
        try:
            old_size, proof, note = read_request(body)
        except ValueError as fault:
            raise Refused(400, str(fault)) from None
        keys = [key for key in self.trusted() if key.name == note.origin]
        if not keys:
            raise Refused(404, "this witness does not know that log")
        if not signed_by(note, keys):
            raise Refused(403, "the note is not signed by the log's key")
        with self._alone():
            self._demand_continuation(old_size, proof, note)
            line = self._sign(note, int(clock()))
            lines = [line for key in keys for _signature, line in note.by(key)]
            own = f"{note.text}\n" + "".join(f"{one}\n" for one in (*lines, line))
            _write(self._place(note.origin), own)
        return f"{line}\n"

    def _demand_continuation(self, old_size: int, proof: Sequence[bytes], note: Note) -> None:
        seen = self.seen(note.origin)
        seen_size, seen_root = (seen.size, seen.root) if seen else (0, b"")
        if seen and (note.size < seen_size or (note.size == seen_size and note.root != seen_root)):
            why = (
                f"{seen_size} events were seen before, now there are {note.size}: cut or rolled back"
                if note.size < seen_size
                else f"there are two different logs with {seen_size} events"
            )
            file = self._keep_evidence(seen, note, proof, why)
            status = 400 if old_size > note.size else 409
            raise Refused(status, why, seen=seen_size, file=file)
        if old_size > note.size:
            raise Refused(400, "the old size is larger than the new one")
        if old_size != seen_size:
            raise Refused(409, f"this witness has seen {seen_size} events", seen=seen_size)
        if not continues(seen_size, seen_root, note.size, note.root, proof):
            why = f"there is no proof that the first {seen_size} events are still the same"
            raise Refused(422, why, file=self._keep_evidence(seen, note, proof, why))

    def _sign(self, note: Note, seconds: int) -> str:
        message = f"cosignature/v1\ntime {seconds}\n{note.text}".encode()
        stamp = self.key.id + seconds.to_bytes(8, "big") + self._seed.sign(message)
        return f"— {self.key.name} {_encode(stamp)}"

    def trusted(self) -> list[PublicKey]:
        """The keys of the logs that this witness answers."""
        file = self.folder / "trusted-logs"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        try:
            return [read_vkey(line, LOG_KEY) for line in lines if line.strip()]
        except ValueError as fault:
            raise Unusable(f"{file} has a line that cannot be read: {fault}") from None

    def trust(self, vkey: str) -> PublicKey:
        """Add a log."""
        key = read_vkey(vkey, LOG_KEY)
        with self._alone():
            known = self.trusted()
            if key not in known:
                lines = "".join(f"{one.vkey()}\n" for one in [*known, key])
                _write(self.folder / "trusted-logs", lines)
        return key

    def seen(self, origin: str) -> Note | None:
        """The last checkpoint that was cosigned, or None; a damaged one is never taken for none."""
        place = self._place(origin)
        if not place.exists():
            return None
        try:
            note = read_note(place.read_text(encoding="utf-8"))
        except ValueError as fault:
            raise Unusable(f"{place} is damaged ({fault}): bring it back from a backup") from None
        if note.origin != origin:
            raise Unusable(f"{place} belongs to another log: bring it back from a backup")
        return note

    def refusals(self) -> list[Path]:
        """The files with evidence, oldest first."""
        return sorted(
            (self.folder / "refused").glob("*.txt"), key=lambda file: file.stat().st_mtime
        )

    def _place(self, origin: str) -> Path:
        return self.folder / "seen" / f"{_short(origin)}.note"

    def _keep_evidence(
        self, seen: Note | None, note: Note, proof: Sequence[bytes], why: str
    ) -> Path:
        """Keep both notes; the same pair is kept once, however often it is sent."""
        pair = (seen.text if seen else "") + note.text
        file = self.folder / "refused" / f"{_short(note.origin)}-{note.size}-{_short(pair)}.txt"
        if not file.exists():
            before = self._place(note.origin).read_text(encoding="utf-8") if seen else "nothing\n"
            signatures = "".join(f"{line}\n" for _name, _stamp, line in note.signatures)
            hashes = "".join(f"{_encode(one)}\n" for one in proof) or "none\n"
            _write(
                file,
                f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC, log {note.origin}: {why}\n"
                f"\n--- cosigned before ---\n{before}"
                f"\n--- refused ---\n{note.text}\n{signatures}"
                f"\n--- proof that came with it ---\n{hashes}",
            )
        return file

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Compare and write as one step, among threads and processes alike."""
        with (self.folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _short(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def make_key(folder: Path, name: str) -> PublicKey:
    """Make a witness's key, or tell the one that is there under the same name."""
    if not _NAME.fullmatch(name):
        raise ValueError("a name has no space and no plus sign, such as witness.school.example")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / "key"
    if file.exists():
        key = _read_key(file)[1]
        if key.name != name:
            raise Unusable(f"{file} already holds the key of {key.name}; it was left as it is")
        return key
    seed = Ed25519PrivateKey.generate()
    key = PublicKey(name, WITNESS_KEY, seed.public_key().public_bytes_raw())
    _write(file, f"{name} {_encode(seed.private_bytes_raw())}\n")
    return key


def _read_key(file: Path) -> tuple[Ed25519PrivateKey, PublicKey]:
    try:
        if file.stat().st_mode & 0o077:
            raise Unusable(f"{file} can be read by others: run chmod 600 {file}")
        name, seed = file.read_text(encoding="utf-8").split()
        private = Ed25519PrivateKey.from_private_bytes(_decode(seed))
    except FileNotFoundError:
        raise Unusable(f"there is no key in {file.parent}: run `witness.py key NAME`") from None
    except ValueError:
        raise Unusable(f"{file} is damaged: bring it back from a backup") from None
    return private, PublicKey(name, WITNESS_KEY, private.public_key().public_bytes_raw())


def _write(file: Path, text: str) -> None:
    """Put a file in its place whole, or not at all, and wait until it is on the disk."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(text.encode())
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


# ---------------------------------------------------------------------------------------- answering


class Answer(BaseHTTPRequestHandler):
    """POST /add-checkpoint, and nothing else."""

    protocol_version = "HTTP/1.1"
    timeout = PATIENCE
    witness: Witness

    def do_POST(self) -> None:
        lengths = self.headers.get_all("Content-Length", [])
        length = lengths[0] if len(lengths) == 1 else ""
        if "Transfer-Encoding" in self.headers:
            length = ""  # A proxy may take the body to end somewhere else than we would.
        if self.path.rstrip("/") != "/add-checkpoint":
            self._answer(404)
            return
        body = self._body(length)
        if body is None:
            self._answer(400)
        else:
            self._cosign(body)

    def _body(self, told: str) -> bytes | None:
        """The whole body; None where its length is none, or it comes too slowly or breaks off."""
        if not _SIZE.fullmatch(told) or int(told) > LARGEST_REQUEST:
            return None
        length, until, body = int(told), time.monotonic() + PATIENCE, b""
        while len(body) < length and time.monotonic() < until:
            try:
                piece = self.rfile.read1(length - len(body))
            except OSError:
                return None
            if not piece:
                return None
            body += piece
        return body if len(body) == length else None

    def do_GET(self) -> None:
        self._answer(404)

    def _cosign(self, body: bytes) -> None:
        try:
            line = self.witness.cosign(body)
        except Refused as refusal:
            kept = f"; EVIDENCE kept in {refusal.file}" if refusal.file else ""
            _say(f"{refusal.status} {refusal}{kept}")
            if refusal.status == 409:
                self._answer(409, f"{refusal.seen}\n", "text/x.tlog.size")
            else:
                self._answer(refusal.status, f"{refusal}\n")
        except (Unusable, OSError) as fault:
            _say(f"500 {fault}")
            self._answer(500)
        else:
            _say("200 cosigned")
            self._answer(200, line)

    def _answer(self, status: int, text: str = "", kind: str = "text/plain; charset=utf-8") -> None:
        body = text.encode()
        self.send_response_only(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if status in (400, 404) and not body:
            # Its body was not read, so what follows on the line cannot be told from it.
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        """Strangers' words do not go into the log."""


def _say(text: str) -> None:
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC {text}", file=sys.stderr, flush=True)


def server(witness: Witness, listen: str) -> ThreadingHTTPServer:
    """The HTTP server, bound but not yet serving."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal():
        raise ValueError("--listen is an address and a port, such as 10.0.0.5:8088")
    handler = type("Answering", (Answer,), {"witness": witness})
    return ThreadingHTTPServer((host, int(port)), handler)


# ------------------------------------------------------------------------------------- command line


def _key_command(options: argparse.Namespace) -> int:
    key = make_key(options.folder, options.name)
    print(key.vkey())
    print(
        "Give that line to the municipality. The key itself never leaves this machine.",
        file=sys.stderr,
    )
    return 0


def _trust_command(options: argparse.Namespace) -> int:
    key = Witness(options.folder).trust(options.vkey)
    print(f"{key.name} is trusted from now on")
    return 0


def _cosign_command(options: argparse.Namespace) -> int:
    witness = Witness(options.folder)
    with sys.stdin.buffer if options.request == "-" else Path(options.request).open("rb") as file:
        body = file.read(LARGEST_REQUEST + 1)
    if len(body) > LARGEST_REQUEST:
        raise Refused(400, "the request is too large")
    sys.stdout.write(witness.cosign(body))
    return 0


def _serve_command(options: argparse.Namespace) -> int:
    witness = Witness(options.folder)
    with server(witness, options.listen) as listening:
        logs = len(witness.trusted())
        _say(f"{witness.key.name} answers on {options.listen} and trusts {logs} key(s) of logs")
        try:
            listening.serve_forever()
        except KeyboardInterrupt:
            _say("ended")
    return 0


def _show_command(options: argparse.Namespace) -> int:
    witness = Witness(options.folder)
    print(f"This witness: {witness.key.vkey()}")
    origins = list(dict.fromkeys(key.name for key in witness.trusted()))
    if not origins:
        print("It trusts no log yet: run `witness.py trust` with the line from the municipality.")
    for origin in origins:
        note = witness.seen(origin)
        print(f"\nLog {origin}")
        if note is None:
            print("  Nothing seen yet.")
            continue
        seconds = cosigned_at(note, witness.key)
        when = (
            "under another key"
            if seconds is None
            else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
        )
        print(f"  {note.size} events when last seen, {when}")
        print(f"  root {_encode(note.root)}")
    refusals = witness.refusals()
    for file in refusals:
        with file.open(encoding="utf-8") as text:
            print(f"\nREFUSED {text.readline().strip()}\n  evidence: {file}")
    if refusals:
        print("\nTell the municipality's log reviewer, and keep these files: they are proof.")
    return 1 if refusals else 0


def _parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(
        prog="witness.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    whole.add_argument(
        "--folder", type=Path, default=Path("witness"), help="where key and memory lie (./witness)"
    )
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    key = commands.add_parser(
        "key", help="make the key, once; prints the line for the municipality"
    )
    key.add_argument("name", help="your witness's name, such as witness.school.example")
    key.set_defaults(run=_key_command)
    trust = commands.add_parser("trust", help="trust a log, named by the municipality's line")
    trust.add_argument("vkey", help="the line (`manage.py courier --show` prints it)")
    trust.set_defaults(run=_trust_command)
    serve = commands.add_parser(
        "serve",
        help="stay and answer over HTTP; let your TLS proxy or firewall admit the municipality only",
    )
    serve.add_argument("--listen", required=True, metavar="HOST:PORT", help="such as 10.0.0.5:8088")
    serve.set_defaults(run=_serve_command)
    cosign = commands.add_parser(
        "cosign", help="answer one request from a file; prints the signature"
    )
    cosign.add_argument("request", nargs="?", default="-", help="file; standard input without one")
    cosign.set_defaults(run=_cosign_command)
    show = commands.add_parser(
        "show", help="what was seen and refused; exit code 1 after a refusal"
    )
    show.set_defaults(run=_show_command)
    return whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line. Exit code 0: done. 1: refused. 2: could not do it."""
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except Refused as refusal:
        kept = f"\nEVIDENCE: both notes are kept in {refusal.file}" if refusal.file else ""
        size = f" (seen: {refusal.seen})" if refusal.seen is not None else ""
        print(f"REFUSED ({refusal.status}): {refusal}{size}{kept}", file=sys.stderr)
        return 1
    except (Unusable, ValueError, OSError) as fault:
        print(f"could not do it: {fault}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
