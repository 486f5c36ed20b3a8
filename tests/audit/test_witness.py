"""The witness: what it cosigns, what it refuses and keeps, and that nothing makes it forget or go back."""

from __future__ import annotations

import base64
import random
import socket
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from threading import Thread

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit import auditctl, witness
from audit.auditctl import BadCheckpoint, add_checkpoint_body, is_consistent, read_checkpoint
from audit.witness import Refused, Unusable, Witness, continues, make_key, read_note, read_vkey
from crypto.signing import Signer
from tests.audit.dying import steps
from tests.audit.witnessing import (
    SIGNER,
    Branch,
    evidence,
    leaves,
    new_witness,
    post,
    serving,
)
from tests.site import free_port


@pytest.fixture
def log() -> Branch:
    return Branch(leaves(40))


@pytest.fixture
def own(tmp_path, log) -> Witness:
    return new_witness(tmp_path / "witness", log)


def refusal(own: Witness, body: bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        own.cosign(body)
    return caught.value


def test_the_key_of_go_is_understood_and_written_the_same():
    vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert read_vkey(vkey, 1).vkey() == vkey
    for wrong in (vkey.replace("c7", "c8"), vkey.replace("ARpc", "ARpd"), vkey[:-4], "", "a+b+c"):
        with pytest.raises(ValueError):
            read_vkey(wrong, 1)
    with pytest.raises(ValueError, match="kind 4"):
        read_vkey(vkey, 4)


def test_a_cosignature_is_what_c2sp_says(own, log):
    line = own.cosign(log.request(0, 7), lambda: 1_700_000_000.9)
    dash, name, stamp = line.removesuffix("\n").split(" ")
    raw = base64.b64decode(stamp)
    assert (dash, name, raw[:4], len(raw)) == ("—", "witness.example/w1", own.key.id, 4 + 8 + 64)
    assert int.from_bytes(raw[4:12], "big") == 1_700_000_000
    text = log.note(7).partition("\n\n")[0] + "\n"
    signed = f"cosignature/v1\ntime 1700000000\n{text}".encode()
    Ed25519PublicKey.from_public_bytes(own.key.raw).verify(raw[12:], signed)
    assert witness.cosigned_at(read_note(f"{text}\n{line}"), own.key) == 1_700_000_000


def test_the_key_is_the_owners_alone_and_never_replaced(tmp_path):
    folder = tmp_path / "w"
    first = make_key(folder, "w.example")
    assert stat.S_IMODE((folder / "key").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert make_key(folder, "w.example") == first
    with pytest.raises(Unusable, match="already holds"):
        make_key(folder, "other.example")
    (folder / "key").chmod(0o640)
    with pytest.raises(Unusable, match="chmod 600"):
        Witness(folder)


@pytest.mark.parametrize("old", range(18))
def test_every_continuation_is_cosigned(tmp_path, log, old):
    for size in range(old, 36):
        own = new_witness(tmp_path / f"{size}", log)
        if old:
            own.cosign(log.request(0, old))
        own.cosign(log.request(old, size))
        seen = own.seen(log.origin)
        assert seen is not None
        assert (seen.size, seen.root) == (size, log.root(size))
        assert own.refusals() == []


def test_what_is_seen_is_kept_with_all_its_signatures(own, log):
    note = log.note(9)
    line = own.cosign(add_checkpoint_body(0, [], note).encode())
    kept = own._place(log.origin).read_text(encoding="utf-8")
    # The log's own line that tells the time is by a key the witness was not given.
    assert kept == "".join(note.splitlines(keepends=True)[:5]) + line
    assert read_checkpoint(kept, log.origin, SIGNER.public_key).size == 9


def test_a_smaller_log_is_refused_and_both_notes_are_kept(own, log):
    own.cosign(log.request(0, 20))
    for old, status in ((0, 409), (12, 409), (20, 400)):
        body = add_checkpoint_body(old, [], log.note(12)).encode()
        found = refusal(own, body)
        assert (found.status, found.seen) == (status, 20)
        assert "cut or rolled back" in str(found)
        assert found.file is not None
    ((before, after),) = evidence(own)
    assert read_checkpoint(before, log.origin, SIGNER.public_key).size == 20
    assert read_checkpoint(after, log.origin, SIGNER.public_key).size == 12


def test_another_history_of_the_same_size_is_refused_and_both_notes_are_kept(own, log):
    own.cosign(log.request(0, 20))
    other = replace(log, leaves=[*log.leaves[:13], *leaves(30, first=9)])
    for old in (0, 5, 20):
        found = refusal(own, add_checkpoint_body(old, [], other.note(20)).encode())
        assert (found.status, found.seen) == (409, 20)
    ((before, after),) = evidence(own)
    roots = [read_checkpoint(one, log.origin, SIGNER.public_key).root for one in (before, after)]
    assert roots == [log.root(20), other.root(20)]


@pytest.mark.parametrize("k", [0, 1, 7, 18, 19])
def test_a_log_rebuilt_from_event_k_with_the_real_key_is_refused(own, log, k):
    own.cosign(log.request(0, 20))
    other = replace(log, leaves=[*log.leaves[:k], *leaves(40, first=9)])
    found = refusal(own, other.request(20, 33))
    assert found.status == 422
    ((before, after),) = evidence(own)
    assert read_checkpoint(before, log.origin, SIGNER.public_key).root == log.root(20)
    assert read_checkpoint(after, log.origin, SIGNER.public_key).root == other.root(33)
    own.cosign(log.request(20, 33))


def test_two_branches_shown_to_two_witnesses_are_found_when_one_sees_the_others(tmp_path, log):
    other = replace(log, leaves=[*log.leaves[:13], *leaves(40, first=9)])
    one, two = (new_witness(tmp_path / name, log, name=name) for name in ("w1", "w2"))
    one.cosign(log.request(0, 20))
    two.cosign(other.request(0, 20))
    assert refusal(two, log.request(20, 31)).status == 422
    assert refusal(one, other.request(20, 25)).status == 422
    assert refusal(one, add_checkpoint_body(0, [], other.note(20)).encode()).status == 409
    for own in (one, two):
        for before, after in evidence(own):
            both = [
                read_checkpoint(note, log.origin, SIGNER.public_key) for note in (before, after)
            ]
            assert both[0].root != both[1].root
    assert len(evidence(one)) == 2


def test_no_part_of_a_proof_can_be_changed_left_out_or_added(own, log):
    own.cosign(log.request(0, 13))
    proof, note = log.proof(13, 37), log.note(37)
    wrong = [[bytes(32), *proof], [*proof, bytes(32)], proof[::-1], []]
    wrong += [proof[:i] + proof[i + 1 :] for i in range(len(proof))]
    for i in range(len(proof)):
        flipped = bytes([proof[i][0] ^ 1]) + proof[i][1:]
        wrong.append([*proof[:i], flipped, *proof[i + 1 :]])
    for path in wrong:
        assert refusal(own, add_checkpoint_body(13, path, note).encode()).status == 422
    assert len(own.refusals()) == 1
    own.cosign(add_checkpoint_body(13, proof, note).encode())


def test_a_first_note_needs_no_proof_and_takes_none(own, log):
    assert refusal(own, add_checkpoint_body(0, [bytes(32)], log.note(5)).encode()).status == 422
    odd = witness.Note(f"{log.origin}\n0\n", log.origin, 0, bytes(32), ())
    assert not continues(0, b"", odd.size, odd.root, [])
    own.cosign(log.request(0, 0))
    own.cosign(log.request(0, 5))


def test_a_damaged_memory_is_never_taken_for_none(own, log):
    own.cosign(log.request(0, 20))
    place = own._place(log.origin)
    whole = place.read_bytes()
    for damaged in (b"", whole[:40], b"\n" + whole, whole.replace(b"\n20\n", b"\n2x\n")):
        place.write_bytes(damaged)
        with pytest.raises(Unusable, match="damaged"):
            own.cosign(log.request(20, 21))
        assert place.read_bytes() == damaged


def test_a_memory_of_another_log_is_not_taken_for_this_ones(own, log):
    other = Branch(leaves(9))
    own.trust(other.vkey)
    own.cosign(other.request(0, 9))
    own._place(other.origin).rename(own._place(log.origin))
    with pytest.raises(Unusable, match="another log"):
        own.cosign(log.request(9, 12))


def test_every_status_of_the_protocol(tmp_path, log):
    folder = tmp_path / "witness"
    own = new_witness(folder, log)
    stranger, forged = Branch(leaves(9)), replace(log, signer=Signer(bytes(32)))
    with serving(folder) as url:
        status, kind, line = post(url, log.request(0, 8))
        assert (status, kind) == (200, "text/plain; charset=utf-8")
        assert line.startswith("— witness.example/w1 ")
        assert post(url, log.request(3, 9))[:3] == (409, "text/x.tlog.size", "8\n")
        assert post(url, stranger.request(0, 3))[0] == 404
        assert post(url, forged.request(8, 9))[0] == 403
        assert post(url, add_checkpoint_body(8, [bytes(32)], log.note(9)).encode())[0] == 422
        assert post(url, add_checkpoint_body(9, [], log.note(8)).encode())[0] == 400
        for malformed in (
            b"",
            b"\xff\xfe",
            b"old 8\n\n",
            log.request(8, 9).replace(b"old 8", b"old 08"),
            log.request(8, 9).replace(b"old 8", b"new 8"),
            log.request(8, 9) + b"\0",
            add_checkpoint_body(8, [bytes(32)] * 64, log.note(9)).encode(),
            b"x" * 70_000,
        ):
            assert post(url, malformed)[0] == 400, malformed[:30]
        assert post(url, log.request(8, 9), "/other")[0] == 404
        assert post(url, log.request(8, 9), "/add-checkpoint/../x")[0] == 404
        assert post(url, log.request(8, 9))[0] == 200
        own._place(log.origin).write_text("x")
        assert post(url, log.request(9, 10))[0] == 500


@pytest.mark.parametrize(
    "text",
    [
        "{origin}\n5\nAAAA\n",
        "{origin}\n5\n\n{root}\n",
        "{origin}\n05\n{root}\n",
        "{origin}\n9223372036854775808\n{root}\n",
        "{origin}\n5\n",
        "{origin}\n5\n{root}\n\nmore\n",
    ],
)
def test_a_malformed_note_is_refused_also_when_the_log_signed_it(own, log, text):
    root = base64.b64encode(log.root(5)).decode()
    whole = text.format(origin=log.origin, root=root)
    key = witness.PublicKey(log.origin, witness.LOG_KEY, SIGNER.public_key)
    stamp = base64.b64encode(key.id + SIGNER.sign(whole.encode())).decode()
    body = f"old 0\n\n{whole}\n— {log.origin} {stamp}\n".encode()
    assert refusal(own, body).status == 400
    assert own.seen(log.origin) is None


def test_a_proof_is_made_of_whole_hashes(own, log):
    own.cosign(log.request(0, 3))
    body = add_checkpoint_body(3, [b"short"], log.note(5)).encode()
    assert refusal(own, body).status == 400
    assert own.refusals() == []


def test_reading_from_it_gives_nothing(own):
    with serving(own.folder) as url:
        done = subprocess.run(
            [sys.executable, "-c", "import sys, urllib.request; urllib.request.urlopen(sys.argv[1])", url],
            capture_output=True, text=True, check=False,
            timeout=240,
        )  # fmt: skip
        assert "404" in done.stderr


@pytest.mark.parametrize(
    "lengths",
    [
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: -5",
        "Content-Length: 99999999999999999999",
        "Transfer-Encoding: chunked",
    ],
)
def test_a_body_whose_end_is_in_doubt_is_not_read_and_ends_the_connection(own, lengths):
    """Else a proxy before it could take what follows for another's request."""
    with serving(own.folder) as url:
        host, _, port = url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=20) as line:
            line.sendall(
                f"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\n{lengths}\r\n\r\nold 0GET / HTTP/1.1\r\n\r\n".encode()
            )
            answers = b""
            while piece := line.recv(4096):
                answers += piece
    assert answers.count(b"HTTP/1.1") == 1
    assert answers.startswith(b"HTTP/1.1 400 ")


def test_a_body_that_breaks_off_is_refused_quietly(own):
    with serving(own.folder) as url:
        host, _, port = url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=20) as line:
            line.sendall(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 500\r\n\r\nold 0")
            line.shutdown(socket.SHUT_WR)
            assert line.recv(4096).startswith(b"HTTP/1.1 400 ")


def test_a_body_is_not_waited_for_longer_than_patience_lasts(own, log, monkeypatch):
    """However lively it trickles in; here patience is at an end at once."""
    monkeypatch.setattr(witness, "PATIENCE", 0)
    with witness.server(own, f"127.0.0.1:{free_port()}") as listening:
        serving_it = Thread(target=listening.serve_forever)
        serving_it.start()
        try:
            url = "http://{}:{}".format(*listening.server_address)
            assert post(url, log.request(0, 1))[0] == 400
        finally:
            listening.shutdown()
            serving_it.join(60)
            assert not serving_it.is_alive()
    assert own.seen(log.origin) is None


def test_killed_at_any_step_it_remembers_and_the_log_goes_on(own, log):
    reached = []
    size = 1

    def cosign_next() -> None:
        own.cosign(log.request(size - 1, size))

    own.cosign(log.request(0, size))
    size += 1
    for number, name in steps(cosign_next):
        reached.append(name)
        seen = own.seen(log.origin)
        assert seen is not None, (number, name)
        assert seen.size in (size - 1, size)
        if seen.size == size:
            # The answer was lost, not what was seen: the log is told, and gets it anew.
            lost = refusal(own, log.request(size - 1, size))
            assert (lost.status, lost.seen, lost.file) == (409, size, None)
        own.cosign(log.request(seen.size, size))
        size += 1
    assert reached == [
        *("before fsync", "half-way through fsync", "before replace", "after replace"),
        *("before fsync", "half-way through fsync"),
    ]
    assert own.refusals() == []


def test_clients_at_once_never_make_it_go_back(tmp_path, log):
    folder = tmp_path / "witness"
    own = new_witness(folder, log)
    own.cosign(log.request(0, 1))
    other = replace(log, leaves=[*log.leaves[:1], *leaves(40, first=9)])
    with serving(folder) as one, serving(folder) as two, ThreadPoolExecutor(8) as pool:
        # Both branches continue what was seen; whichever comes first, the other is refused by both processes.
        bodies = [branch.request(1, size) for size in (2, 3, 4) for branch in (log, other)]
        urls = [one, two] * 3
        answers = list(pool.map(post, urls, bodies))
        assert [answer[0] for answer in answers].count(200) == 1
        seen = own.seen(log.origin)
        assert seen is not None
        winner = log if seen.root == log.root(seen.size) else other
        sizes = [seen.size]
        for size in range(seen.size, 36, 3):
            requests = [winner.request(size, min(size + step, 36)) for step in (1, 2, 3)]
            statuses = [answer[0] for answer in pool.map(post, [one, two, one], requests)]
            assert statuses.count(200) == 1
            assert set(statuses) <= {200, 409}
            now = own.seen(log.origin)
            assert now is not None
            assert now.size > sizes[-1]
            sizes.append(now.size)
            if now.size < size + 3:
                own.cosign(winner.request(now.size, min(size + 3, 36)))


# --- against the verifier, which was written by itself -----------------------------------------------------


def _verifier(note: str, origin: str) -> tuple[int, bytes] | None:
    try:
        found = read_checkpoint(note, origin, SIGNER.public_key)
    except BadCheckpoint:
        return None
    return found.size, found.root


def _witness(note: str, origin: str) -> tuple[int, bytes] | None:
    key = witness.PublicKey(origin, witness.LOG_KEY, SIGNER.public_key)
    try:
        _old, _proof, found = witness.read_request(f"old 0\n\n{note}".encode())
    except (ValueError, UnicodeEncodeError):
        return None
    if found.origin != origin or not witness.signed_by(found, [key]):
        return None
    return found.size, found.root


def _mutated(note: str, dice: random.Random) -> str:
    if not note:
        return note
    lines = note.split("\n")
    match dice.randrange(8):
        case 0:
            place = dice.randrange(len(note))
            return note[:place] + chr(ord(note[place]) ^ 1 << dice.randrange(7)) + note[place + 1 :]
        case 1:
            place = dice.randrange(len(note))
            return note[:place] + note[place + dice.randrange(1, 4) :]
        case 2:
            place = dice.randrange(len(note))
            return note[:place] + dice.choice("\n +—=A0\t\0é") + note[place:]
        case 3:
            lines.insert(dice.randrange(len(lines)), dice.choice(lines))
        case 4:
            lines.pop(dice.randrange(len(lines)))
        case 5:
            one, two = dice.randrange(len(lines)), dice.randrange(len(lines))
            lines[one], lines[two] = lines[two], lines[one]
        case 6:
            place = dice.randrange(len(lines))
            lines[place] = dice.choice(("0" + lines[place], lines[place] + " ", lines[place] + "="))
        case 7:
            return note[: dice.randrange(len(note))]
    return "\n".join(lines)


def test_verifier_and_witness_believe_the_same_notes(log):
    dice = random.Random(11)
    whole = log.note(9)
    # Without the line that tells the time, which only the verifier has the key of.
    bare = "".join(whole.splitlines(keepends=True)[:5])
    cosigned = bare + "— w.example " + base64.b64encode(bytes(76)).decode() + "\n"
    believed = 0
    for note in (bare, cosigned):
        assert _verifier(note, log.origin) == _witness(note, log.origin) == (9, log.root(9))
        for _ in range(4_000):
            changed = note
            for _step in range(dice.randint(1, 2)):
                changed = _mutated(changed, dice)
            by_verifier, by_witness = _verifier(changed, log.origin), _witness(changed, log.origin)
            assert by_verifier == by_witness, changed
            assert by_verifier in (None, (9, log.root(9))), changed
            believed += by_verifier is not None
    assert 0 < believed < 8_000


def test_verifier_and_witness_believe_the_same_proofs(log):
    dice = random.Random(4)
    held = 0
    for _ in range(4_000):
        old, size = sorted((dice.randrange(1, 41), dice.randrange(1, 41)))
        proof = log.proof(old, size)
        roots = [log.root(old), log.root(size)]
        if dice.random() < 0.7:
            match dice.randrange(5):
                case 0 if proof:
                    proof.pop(dice.randrange(len(proof)))
                case 1:
                    proof.insert(dice.randrange(len(proof) + 1), dice.choice(log.leaves))
                case 2:
                    dice.shuffle(proof)
                case 3:
                    old = dice.randrange(1, 41)
                case _:
                    roots[dice.randrange(2)] = dice.choice(log.leaves)
        answer = continues(old, roots[0], size, roots[1], proof)
        assert answer == is_consistent(old, roots[0], size, roots[1], proof), (old, size)
        held += answer
    assert 1_000 < held < 4_000


# --- the command line, as an agency meets it ---------------------------------------------------------------


def _command(folder, *words: str, stdin: bytes = b"") -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, witness.__file__, "--folder", str(folder), *words],
        input=stdin, capture_output=True, cwd="/", env={"PATH": "/usr/bin"}, check=False,
        timeout=240,
    )  # fmt: skip
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_the_way_of_an_agency(tmp_path, log):
    folder = tmp_path / "witness"
    code, _out, err = _command(folder, "show")
    assert (code, "witness.py key" in err) == (2, True)
    code, vkey, _err = _command(folder, "key", "w.example")
    assert (code, read_vkey(vkey, witness.WITNESS_KEY).name) == (0, "w.example")
    assert "trusts no log yet" in _command(folder, "show")[1]
    assert _command(folder, "trust", log.vkey + "x")[0] == 2
    assert _command(folder, "trust", log.vkey)[0] == 0
    assert "Nothing seen yet" in _command(folder, "show")[1]
    request = tmp_path / "request.txt"
    request.write_bytes(log.request(0, 12))
    code, line, _err = _command(folder, "cosign", str(request))
    assert (code, line.startswith("— w.example ")) == (0, True)
    assert _command(folder, "cosign", stdin=log.request(12, 14))[0] == 0
    code, out, _err = _command(folder, "show")
    assert (
        code,
        f"Log {log.origin}\n  14 events when last seen, {datetime.now(UTC):%Y}" in out,
    ) == (
        0,
        True,
    )
    code, out, err = _command(
        folder, "cosign", stdin=add_checkpoint_body(14, [], log.note(3)).encode()
    )
    assert (code, out) == (1, "")
    (file,) = Witness(folder).refusals()
    assert f"both notes are kept in {file}" in err
    code, out, _err = _command(folder, "show")
    assert code == 1
    assert "REFUSED 20" in out
    assert str(file) in out
    assert "Traceback" not in err


def test_its_help_is_for_people():
    done = subprocess.run(
        [sys.executable, witness.__file__, "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    for word in ("key", "trust", "serve", "cosign", "show", "Back it up"):
        assert word in done.stdout


def test_it_needs_nothing_of_the_rest():
    code = (
        "import runpy, sys; runpy.run_path(sys.argv[1], run_name='x');"
        " sys.exit(any(m.split('.')[0] in ('django', 'psycopg', 'audit', 'crypto') for m in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, witness.__file__], cwd="/", check=False, timeout=240
    )
    assert done.returncode == 0
    assert witness.LOG_KEY == auditctl.LOG_SIGNATURE
