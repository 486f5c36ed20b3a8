"""One event proven to somebody who has neither the database nor our word: written, checked, tampered with."""

import base64
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from audit import auditctl
from audit.auditctl import BadCheckpoint, CannotCheck, NotSo, Proof, check_proof, prove, read_proof
from audit.event import Event, canonical
from crypto.signing import Signer
from tests.audit.conftest import Log, connect

WITNESS = Signer(bytes(range(1, 33)))
NAME = "witness.school.example"


def vkey(signer: Signer = WITNESS, name: str = NAME) -> str:
    """A witness's public key as one line (C2SP signed-note)."""
    key = auditctl.key_id(name, 4, signer.public_key).hex()
    return f"{name}+{key}+{base64.b64encode(bytes((4,)) + signer.public_key).decode()}"


def cosigned(note: str, signer: Signer = WITNESS, name: str = NAME) -> str:
    """The note with a witness's signature (C2SP tlog-cosignature)."""
    seconds = int(datetime.now(UTC).timestamp())
    text = note.partition("\n\n")[0] + "\n"
    signature = seconds.to_bytes(8, "big") + signer.sign(auditctl.timed_message(text, seconds))
    stamp = auditctl.key_id(name, 4, signer.public_key) + signature
    return f"{note}— {name} {base64.b64encode(stamp).decode()}\n"


def proven(log: Log, event: Event) -> Proof:
    with connect("backup") as own:
        return prove(own, log.folder, log.signer.public_key, event.id)


@pytest.fixture
def events(log: Log) -> list[Event]:
    return log.grow(11)


def notes(log: Log) -> list[str]:
    return auditctl.notes_in(log.file.read_text(encoding="utf-8"))


def test_every_event_can_be_proven_by_the_last_checkpoint(log, events):
    for number, event in enumerate(events):
        proof = proven(log, event)
        assert (proof.index, proof.record, proof.note) == (number, canonical(event), notes(log)[-1])
        assert read_proof(proof.text()) == proof
        assert check_proof(proof, log.signer.public_key).size == 11


def test_the_file_is_that_of_c2sp(log, events):
    first, extra, index, *path, gap, origin, size, _root, end, own, timed = (
        proven(log, events[6]).text().removesuffix("\n").split("\n")
    )
    assert (first, index, gap, end) == ("c2sp.org/tlog-proof@v1", "index 6", "", "")
    assert base64.b64decode(extra.removeprefix("extra ")) == canonical(events[6])
    assert [len(base64.b64decode(node)) for node in path] == [32, 32, 32, 32]
    assert (origin, size) == (f"sspf/{log.municipality_id}", "11")
    assert own.startswith(f"— {origin} ")
    assert timed.startswith(f"— {origin} ")


def believed(text: str, key: bytes) -> tuple[bytes, int, int] | None:
    """What somebody who checks the file is made to believe: the event, its number, of how many."""
    try:
        proof = read_proof(text)
        return proof.record, proof.index, check_proof(proof, key).size
    except (ValueError, NotSo, BadCheckpoint):
        return None


def test_no_changed_byte_of_the_file_makes_anything_else_believed(log, events):
    whole = proven(log, events[6]).text().encode()
    truth = believed(whole.decode(), log.signer.public_key)
    assert truth == (canonical(events[6]), 6, 11)
    for position in range(len(whole)):
        for flip in (0x01, 0x20, 0x80):
            changed = bytearray(whole)
            changed[position] ^= flip
            found = believed(changed.decode(errors="replace"), log.signer.public_key)
            # A signature that is not asked for may be lost; nothing else may be.
            assert found in {None, truth}, position
            timed = whole.decode().rindex("— ")
            assert found is None or position >= len(whole.decode()[:timed].encode()), position


def test_no_shortened_file_makes_anything_else_believed(log, events):
    text = proven(log, events[6]).text()
    end = text.rindex("— ")
    for length in range(end):
        assert believed(text[:length], log.signer.public_key) is None
    assert believed(text + text, log.signer.public_key) is None


def test_parts_of_other_proofs_prove_nothing(log, events):
    one, other = proven(log, events[6]), proven(log, events[7])
    early = replace(one, note=notes(log)[7])
    for wrong in (
        replace(one, record=other.record),
        replace(one, index=other.index),
        replace(one, path=other.path),
        replace(one, path=one.path[:-1]),
        replace(one, path=(*one.path, one.path[0])),
        replace(one, record=b""),
        early,
    ):
        with pytest.raises(NotSo):
            check_proof(wrong, log.signer.public_key)
    stranger = Log(log.folder)
    (foreign,) = stranger.grow()
    for wrong in (replace(one, record=canonical(foreign)), replace(one, note=notes(stranger)[0])):
        with pytest.raises(BadCheckpoint, match="another log"):
            check_proof(wrong, log.signer.public_key)
    with pytest.raises(BadCheckpoint, match="not signed"):
        check_proof(one, WITNESS.public_key)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tlog-proof@v1", "tlog-proof@v2"),
        ("index 6", "index 06"),
        ("index 6", "index -1"),
        ("index 6\n", ""),
        ("extra ", "extra  "),
        ("extra ", ""),
        ("index 6\n", "index 6\nAAAA\n"),
        ("index 6\n", "index 6\n" + (base64.b64encode(bytes(32)).decode() + "\n") * 60),
        ("\n\n", "\n"),
    ],
)
def test_what_is_no_proof_file_is_refused(log, events, old, new):
    text = proven(log, events[6]).text()
    assert old in text
    with pytest.raises(ValueError):
        read_proof(text.replace(old, new))


def test_what_cannot_be_proven_is_told_apart(log, events, past_the_triggers):
    with pytest.raises(CannotCheck, match="no event"):
        proven(log, log.event())
    (waiting,) = log.write()
    with pytest.raises(CannotCheck, match="no event"):
        proven(log, waiting)
    past_the_triggers("UPDATE audit.event SET action = 'x' WHERE id = %s", [events[3].id])
    with pytest.raises(NotSo, match="not the one that was sequenced"):
        proven(log, events[3])
    log.file.write_text(notes(log)[4] + "\n", encoding="utf-8")
    with pytest.raises(CannotCheck, match="number 5\\) is not covered"):
        proven(log, events[5])
    assert check_proof(proven(log, events[4]), log.signer.public_key).size == 5
    past_the_triggers(
        "UPDATE audit.sequence SET leaf_hash = sha256('x') WHERE event_id = %s", [events[3].id]
    )
    with pytest.raises(NotSo, match="not the one with this number"):
        proven(log, events[4])
    past_the_triggers("DELETE FROM audit.sequence WHERE event_id = %s", [events[3].id])
    with pytest.raises(NotSo, match="numbers are missing"):
        proven(log, events[4])


def test_a_checkpoint_that_witnesses_cosigned_is_preferred(log, events):
    (log.folder / f"{log.municipality_id}.witnessed").write_text(
        cosigned(notes(log)[7]) + "\n", encoding="utf-8"
    )
    assert check_proof(proven(log, events[6]), log.signer.public_key).size == 8
    assert check_proof(proven(log, events[8]), log.signer.public_key).size == 11


def test_a_witness_is_known_by_its_key():
    witness = auditctl.read_witness(vkey())
    assert (witness.name, witness.public_key) == (NAME, WITNESS.public_key)
    note = "origin\n1\nroot\n\n— origin AAAAAAAA\n"
    assert witness.cosigned(cosigned(note))
    assert not witness.cosigned(note)
    assert not witness.cosigned(cosigned(note, name="witness.other.example"))
    assert not witness.cosigned(cosigned(note, signer=Signer(bytes(32))))
    with pytest.raises(BadCheckpoint, match="wrong"):
        witness.cosigned(cosigned(note).replace("origin\n1", "origin\n2"))
    for wrong in ("", NAME, vkey().replace("+", "+0", 1), vkey()[:-8], vkey().replace(NAME, "x")):
        with pytest.raises(ValueError, match=r"witness|hash"):
            auditctl.read_witness(wrong)
    log_key = base64.b64encode(bytes((1,)) + WITNESS.public_key).decode()
    with pytest.raises(ValueError, match="key of a witness"):
        auditctl.read_witness(f"{NAME}+00000000+{log_key}")


def offline(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command on a machine that has no psycopg, no database and none of our code."""
    code = (
        "import runpy, sys; sys.modules['psycopg'] = None; file = sys.argv[1]; sys.argv = sys.argv[1:];"
        " runpy.run_path(file, run_name='__main__')"
    )
    command = [sys.executable, "-I", "-c", code, auditctl.__file__, *arguments]
    return subprocess.run(
        command,
        cwd="/",
        env={"PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


@pytest.fixture
def file(log: Log, events: list[Event], tmp_path: Path) -> Path:
    path = tmp_path / "one.tlog-proof"
    proof = proven(log, events[6])
    path.write_text(replace(proof, note=cosigned(proof.note)).text(), encoding="utf-8")
    return path


def test_the_file_is_checked_offline_and_its_event_can_be_read(log, events, file):
    key = base64.b64encode(log.signer.public_key).decode()
    done = offline("check", str(file), "--public-key", key)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("PROVEN\n")
    for shown in (
        str(events[6].id),
        "Åsa Öberg",
        "concern_text, identity",
        f"{events[6].occurred_at:%Y-%m-%d %H:%M:%S.%f} UTC",
        "number 6 of the 11 events",
    ):
        assert shown in done.stdout
    done = offline("check", str(file), "--public-key", key, "--witness", vkey())
    assert done.returncode == 0
    assert f"Cosigned by {NAME}." in done.stdout


@pytest.mark.parametrize(
    ("change", "arguments", "code", "word"),
    [
        (("index 6", "index 7"), (), 1, "NOT PROVEN: the event is not the one"),
        (("\n11\n", "\n12\n"), (), 1, "NOT PROVEN: its checkpoint cannot be trusted"),
        ((f"— {NAME}", "— x"), ("--witness", vkey()), 1, "only 0 of the named witnesses"),
        (("", ""), ("--witness", vkey(), "--quorum", "2"), 2, "more witnesses"),
        (("", ""), ("--witness", "x"), 2, "name+hash+key"),
        (("", ""), ("--public-key", "AAAA"), 2, "32 bytes"),
        (("tlog-proof", "x"), (), 2, "not the proof of an event"),
    ],
)
def test_a_file_that_does_not_hold_says_why(log, file, change, arguments, code, word):  # noqa: PLR0917
    file.write_text(file.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    key = base64.b64encode(log.signer.public_key).decode()
    done = offline("check", str(file), "--public-key", key, *arguments)
    assert done.returncode == code
    assert word in done.stdout + done.stderr
    assert "PROVEN\n" not in done.stdout
    assert "Traceback" not in done.stderr


def test_reading_a_database_says_that_it_needs_psycopg(log, events):
    key = base64.b64encode(log.signer.public_key).decode()
    done = offline(
        "verify", "--public-key", key, "--checkpoints", str(log.folder), "--database", "x"
    )
    assert done.returncode == 2
    assert "needs the package psycopg" in done.stderr


def test_the_command_writes_the_file(log, events, environment_of, tmp_path):
    values = environment_of("backup")
    out = tmp_path / "event.tlog-proof"
    command = [sys.executable, auditctl.__file__, "prove", str(events[2].id), "--out", str(out)]
    command += ["--database", f"{values['SSPF_DATABASE_URL']}?user=sspf_backup"]
    command += ["--public-key", base64.b64encode(log.signer.public_key).decode()]
    done = subprocess.run(
        [*command, "--checkpoints", str(log.folder)],
        env={"PATH": "/usr/bin", "PGPASSWORD": values["SSPF_DATABASE_PASSWORD"]},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert str(events[2].id) in done.stdout
    proof = read_proof(out.read_text(encoding="utf-8"))
    assert check_proof(proof, log.signer.public_key).size == 11
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [out.name]


def test_what_could_steer_a_terminal_is_not_printed(log):
    event = log.event(actor_name="\x1b[2JÅsa\n", object_id=uuid4(), field_groups=())
    shown = auditctl.in_words(canonical(event))
    assert shown["actor_name"] == "\\u{1b}[2JÅsa\\u{a}"
    assert shown["field_groups"] == "(none)"
    assert "unit_id" in shown
    assert "unit_id" not in auditctl.in_words(canonical(replace(event, unit_id=None)))
