"""Does a later signed checkpoint continue an earlier one? By the database, or by a proof that came as a file."""

import base64
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from audit import auditctl
from audit.auditctl import Checkpoint, Tree, main, read_add_checkpoint_body
from audit.event import Event
from audit.witness import continues, read_request
from tests.audit.conftest import Log
from tests.audit.test_proof import cosigned, notes


@pytest.fixture
def events(log: Log) -> list[Event]:
    return log.grow(9)


@pytest.fixture
def run(  # noqa: PLR0917
    log: Log, events: Any, environment_of: Any, tmp_path: Path, capsys: Any, monkeypatch: Any
) -> Any:
    """The command over the notes of the log, each in a file named by its size."""
    values = environment_of("backup")
    monkeypatch.setenv("PGPASSWORD", values["SSPF_DATABASE_PASSWORD"])
    monkeypatch.chdir(tmp_path)
    for size, note in enumerate(notes(log), start=1):
        Path(f"{size}.note").write_text(note, encoding="utf-8")
    database = ("--database", f"{values['SSPF_DATABASE_URL']}?user=sspf_backup")
    key = ("--public-key", base64.b64encode(log.signer.public_key).decode())

    def run(*arguments: str, online: bool = True) -> tuple[int, str]:
        code = main(["consistency", *arguments, *key, *(database if online else ())])
        shown = capsys.readouterr()
        return code, shown.out + shown.err

    return run


def test_every_later_checkpoint_continues_every_earlier_one(run):
    for old in range(1, 10):
        for new in range(old, 10):
            code, shown = run(f"{old}.note", f"{new}.note")
            assert (code, shown.splitlines()[-1]) == (0, "CONSISTENT: NEW continues OLD")


def test_the_witness_understands_the_proof_that_is_written(run, log):
    for old in range(10):
        for new in range(max(old, 1), 10):
            code, shown = run("--prove", str(old), f"{new}.note", "--out", "proof")
            assert (code, shown) == (0, "")
            size, proof, note = read_request(Path("proof").read_bytes())
            assert (size, note.size) == (old, new)
            root = b""
            if old:
                root = read(log, f"{old}.note").root
                assert run(f"{old}.note", f"{new}.note", "--proof", "proof", online=False)[0] == 0
            assert continues(old, root, new, note.root, proof)
    assert run("--prove", "4.note", "9.note") == run("--prove", "4", "9.note")


def read(log: Log, name: str) -> Checkpoint:
    origin = auditctl.origin_of(log.municipality_id)
    text = Path(name).read_text(encoding="utf-8")
    return auditctl.read_checkpoint(text, origin, log.signer.public_key)


def another(log: Log, size: int) -> str:
    """A checkpoint of another history, signed with the log's own key."""
    tree = Tree()
    tree.extend([bytes((number,)) * 32 for number in range(size)])
    checkpoint = Checkpoint(auditctl.origin_of(log.municipality_id), size, tree.root())
    return auditctl.sign_checkpoint(
        checkpoint, log.signer.sign, log.signer.public_key, datetime.now(UTC)
    )


@pytest.mark.parametrize("size", [1, 3, 4, 5, 8, 9])
def test_another_history_is_not_consistent(run, log, size):
    Path("other.note").write_text(another(log, size), encoding="utf-8")
    code, shown = run("other.note", "9.note")
    assert (code, shown.startswith("NOT PROVEN")) == (1, True)
    code, shown = run("1.note", "other.note")
    assert code == 1
    if size < 9:
        run("--prove", str(size), "9.note", "--out", "proof")
        assert run("other.note", "9.note", "--proof", "proof", online=False)[0] == 1
    # A number says nothing of what was there, so what NEW says is held against the database.
    if size > 1:
        assert run("--prove", "1", "other.note")[0] == 1


def test_a_log_that_was_cut_is_told(run):
    code, shown = run("9.note", "4.note")
    assert code == 1
    assert "OLD has 9 events, NEW only 4" in shown


def test_numbers_missing_from_the_database_are_told(run, log, past_the_triggers):
    past_the_triggers(
        "DELETE FROM audit.sequence WHERE municipality_id = %s AND seq = 7", [log.municipality_id]
    )
    code, shown = run("3.note", "9.note")
    assert code == 1
    assert "numbers are missing" in shown
    assert run("3.note", "6.note")[0] == 0


def test_a_whole_file_and_a_cosigned_copy_will_do(run, log):
    Path("witness.note").write_text(cosigned(notes(log)[3]), encoding="utf-8")
    assert run("witness.note", str(log.file))[0] == 0


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("3", "9.note"), "only with --prove"),
        (("3.note", "empty"), "no checkpoint in empty"),
        (("3.note", "nowhere"), "nowhere"),
        (("other-log.note", "9.note"), "another log"),
        (("3.note", "9.note", "--proof", "from-4"), "from 4 events, not from 3"),
        (("3.note", "9.note", "--proof", "3.note"), "the proof in 3.note cannot be read"),
        (("edited.note", "9.note"), "cannot be trusted"),
    ],
)
def test_what_cannot_be_compared_says_why(run, log, arguments, word):
    Path("empty").write_text("", encoding="utf-8")
    run("--prove", "4", "9.note", "--out", "from-4")
    edited = notes(log)[2].replace("\n3\n", "\n4\n")
    Path("edited.note").write_text(edited, encoding="utf-8")
    stranger = Log(log.folder)
    stranger.grow(9)
    Path("other-log.note").write_text(notes(stranger)[-1], encoding="utf-8")
    code, shown = run(*arguments)
    assert code == 2
    assert word in shown


def test_without_a_database_it_says_what_it_needs(run):
    code, shown = run("3.note", "9.note", online=False)
    assert (code, "--database is needed" in shown) == (2, True)


def test_a_wrong_proof_is_refused(run):
    run("--prove", "3", "9.note", "--out", "proof")
    text = Path("proof").read_text(encoding="utf-8")
    first = text.splitlines()[1]
    old, path, note = read_add_checkpoint_body(text)
    assert (old, len(path)) == (3, 5)
    for wrong in (
        text.replace(first, base64.b64encode(bytes(32)).decode()),
        text.replace(f"{first}\n", ""),
        text.replace(f"{first}\n", f"{first}\n{first}\n"),
        auditctl.add_checkpoint_body(3, [], note),
    ):
        Path("proof").write_text(wrong, encoding="utf-8")
        assert run("3.note", "9.note", "--proof", "proof", online=False)[0] == 1
