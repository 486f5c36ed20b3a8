"""Verifying only what is new: what the earlier run answers for, and what it does not."""

import json
import subprocess
import sys
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from audit import auditctl
from audit.auditctl import CannotCheck, Checkpoint, Reached, Report, Tree, read_state, write_state
from audit.event import COLUMNS
from tests.audit.conftest import Log, connect
from tests.audit.test_proof import NAME, cosigned, notes, vkey

SIX = 6


def report(log: Log, **options: Any) -> Report:
    with connect("backup") as own:
        (found,) = auditctl.verify(
            own,
            log.folder,
            log.signer.public_key,
            municipality_id=log.municipality_id,
            **options,
        )
    return found


@pytest.fixture
def before(log: Log) -> dict[Any, Reached]:
    """A log of six events that was found whole, and has five more since."""
    log.grow(SIX)
    first = report(log)
    assert first.faults == []
    assert first.reached is not None
    assert first.reached.checkpoint.size == SIX
    log.grow(5)
    return {log.municipality_id: first.reached}


def kinds(log: Log, before: dict[Any, Reached]) -> list[str]:
    return [fault.kind for fault in report(log, since=before).faults]


def test_only_what_is_new_is_read(log, before, past_the_triggers):
    found = report(log, since=before)
    assert (found.events, found.since, found.faults) == (11, SIX, [])
    assert found.reached is not None
    assert (found.reached.checkpoint.size, found.root) == (11, report(log).root)
    assert f"of which an earlier run answers for {SIX}" in "\n".join(auditctl.describe(found))
    number = "SELECT event_id FROM audit.sequence WHERE municipality_id = %s AND seq = %s"
    old, new = (
        past_the_triggers(number, [log.municipality_id, seq]).fetchone()[0] for seq in (2, 8)
    )
    past_the_triggers("UPDATE audit.event SET action = 'x' WHERE id = %s", [old])
    assert kinds(log, before) == []
    assert [fault.event_id for fault in report(log).faults] == [str(old)]
    past_the_triggers("UPDATE audit.event SET action = 'x' WHERE id = %s", [new])
    (fault,) = report(log, since=before).faults
    assert (fault.kind, fault.event_id, fault.first) == ("changed", str(new), 8)


def test_nothing_new_is_whole(log, before):
    again = report(log, since=before).reached
    assert again is not None
    found = report(log, since={log.municipality_id: again})
    assert (found.events, found.since, found.faults) == (11, 11, [])
    assert found.checkpoint == again.checkpoint
    assert found.reached is not None
    log.write(2)
    assert report(log, since={log.municipality_id: again}).waiting == 2


@pytest.mark.parametrize("left", [0, 3, 6, 8])
def test_a_cut_end_is_found(log, before, past_the_triggers, left):
    past_the_triggers(
        "DELETE FROM audit.sequence WHERE municipality_id = %s AND seq >= %s",
        [log.municipality_id, left],
    )
    fault = next(f for f in report(log, since=before).faults if f.kind == "cut")
    assert (fault.first, fault.last) == (left, 10)


def test_a_history_that_was_rewritten_and_signed_anew_is_found(log, before, past_the_triggers):
    """The operator rebuilds everything from the first event and signs it with the real key."""
    past_the_triggers(
        "UPDATE audit.sequence SET leaf_hash = sha256('x') WHERE municipality_id = %s AND seq = 2",
        [log.municipality_id],
    )
    rows = past_the_triggers(
        "SELECT leaf_hash FROM audit.sequence WHERE municipality_id = %s ORDER BY seq",
        [log.municipality_id],
    ).fetchall()
    tree = Tree()
    tree.extend([row[0] for row in rows])
    past_the_triggers(
        "UPDATE audit.tree SET frontier = %s WHERE municipality_id = %s",
        [tree.frontier(), log.municipality_id],
    )
    checkpoint = Checkpoint(auditctl.origin_of(log.municipality_id), 11, tree.root())
    signed = auditctl.sign_checkpoint(
        checkpoint, log.signer.sign, log.signer.public_key, datetime.now(UTC)
    )
    log.file.write_text(notes(log)[5] + "\n" + signed + "\n", encoding="utf-8")
    assert kinds(log, before) == ["root", "tree"]
    log.file.write_text(signed + "\n", encoding="utf-8")
    assert kinds(log, before) == ["checkpoint", "root", "tree"]


def test_a_smaller_checkpoint_after_the_known_one_is_found(log, before):
    with log.file.open("a", encoding="utf-8") as file:
        file.write(notes(log)[2] + "\n")
    assert kinds(log, before) == ["checkpoint"]


def test_an_event_slipped_in_lately_is_found(log, before, past_the_triggers):
    columns = ", ".join(c for c in (*COLUMNS, "v", "leaf_hash") if c not in ("id", "occurred_at"))
    for age, expected in (("2 hours", ["stranger"]), ("9 days", [])):
        stranger = uuid4()
        past_the_triggers(
            f"INSERT INTO audit.event (id, occurred_at, {columns})"
            f" SELECT %s, now() - interval '{age}', {columns} FROM audit.event"
            " WHERE municipality_id = %s LIMIT 1",
            [stranger, log.municipality_id],
        )
        assert kinds(log, before) == expected
        assert report(log).faults
        past_the_triggers("DELETE FROM audit.event WHERE id = %s", [stranger])


def test_the_state_is_read_back(log, before, tmp_path):
    path = tmp_path / "state"
    write_state(path, before, log.signer.public_key)
    (back,) = read_state(path.read_text(encoding="utf-8"), log.signer.public_key).values()
    (known,) = before.values()
    assert (back.checkpoint, back.note, back.verified_at, back.tree.frontier()) == (
        known.checkpoint,
        known.note,
        known.verified_at,
        known.tree.frontier(),
    )
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["state"]


def test_a_state_that_contradicts_itself_is_refused(log, before, tmp_path):
    path, key = tmp_path / "state", log.signer.public_key
    write_state(path, before, key)
    text = path.read_text(encoding="utf-8")
    name = str(log.municipality_id)
    whole = json.loads(text)

    def refused(change: str) -> None:
        assert change != text
        with pytest.raises(CannotCheck):
            read_state(change, key)

    for part in ("checkpoint", "frontier", "verified_at"):
        state = json.loads(text)
        del state["logs"][name][part]
        refused(json.dumps(state))
        state["logs"][name][part] = 7
        refused(json.dumps(state))
    for part in ("what", "public_key", "logs"):
        refused(json.dumps({k: v for k, v in whole.items() if k != part}))
    frontier = whole["logs"][name]["frontier"]
    refused(text.replace(frontier, b64encode(bytes(64)).decode()))
    refused(text.replace(frontier, b64encode(bytes(32)).decode()))
    refused(text.replace("\\n6\\n", "\\n7\\n"))
    refused(text.replace(f'"{name}"', f'"{uuid4()}"'))
    refused(text.replace("state 1", "state 2"))
    refused("")
    refused("[]")
    refused(text[:-40])
    with pytest.raises(CannotCheck, match="another log"):
        read_state(text, bytes(32))


def run(log: Log, environment_of: Any, *more: str) -> subprocess.CompletedProcess[str]:
    values = environment_of("backup")
    command = [sys.executable, auditctl.__file__, "verify", "--checkpoints", str(log.folder)]
    command += ["--database", f"{values['SSPF_DATABASE_URL']}?user=sspf_backup"]
    command += ["--public-key", b64encode(log.signer.public_key).decode(), *more]
    return subprocess.run(
        [*command, "--municipality", str(log.municipality_id)],
        env={"PATH": "/usr/bin", "PGPASSWORD": values["SSPF_DATABASE_PASSWORD"]},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def known(path: Path, log: Log) -> int:
    state = read_state(path.read_text(encoding="utf-8"), log.signer.public_key)
    return state[log.municipality_id].checkpoint.size


def test_the_command_goes_on_from_its_file(log, environment_of, tmp_path, past_the_triggers):
    path = tmp_path / "state"
    log.grow(3)
    done = run(log, environment_of, "--since", str(path))
    assert (done.returncode, done.stderr, known(path, log)) == (0, "", 3)
    assert "earlier run" not in done.stdout
    (event,) = log.grow()
    done = run(log, environment_of, "--since", str(path))
    assert (done.returncode, known(path, log)) == (0, 4)
    assert "an earlier run answers for 3" in done.stdout
    (event,) = log.grow()
    past_the_triggers("UPDATE audit.event SET action = 'x' WHERE id = %s", [event.id])
    done = run(log, environment_of, "--since", str(path))
    # What has a fault is read again by the next run.
    assert (done.returncode, known(path, log)) == (1, 4)
    path.write_text("{}", encoding="utf-8")
    done = run(log, environment_of, "--since", str(path))
    assert (done.returncode, path.read_text(encoding="utf-8")) == (2, "{}")
    assert "contradicts itself" in done.stderr


# ------------------------------------------------------------------------------------------ witnesses


def signed_before(log: Log, age: timedelta) -> str:
    """A checkpoint of the whole log that bears an older time."""
    last = auditctl.read_checkpoint(
        notes(log)[-1], auditctl.origin_of(log.municipality_id), log.signer.public_key
    )
    plain = Checkpoint(last.origin, last.size, last.root)
    then = datetime.now(UTC) - age
    return auditctl.sign_checkpoint(plain, log.signer.sign, log.signer.public_key, then)


def test_witnesses_that_are_demanded_must_have_cosigned(log, environment_of):
    log.grow(4)
    witness = auditctl.read_witness(vkey())
    early = notes(log)[1]
    log.file.write_text(signed_before(log, timedelta(hours=25)) + "\n", encoding="utf-8")
    witnessed = log.folder / f"{log.municipality_id}.witnessed"
    assert report(log).faults == []
    (fault,) = report(log, witnesses=[witness], quorum=1).faults
    assert (fault.kind, fault.first, fault.last) == ("witness", 0, 3)
    witnessed.write_text(cosigned(early) + "\n", encoding="utf-8")
    found = report(log, witnesses=[witness], quorum=1)
    (fault,) = found.faults
    assert (fault.kind, fault.first, fault.last, found.cosigned) == ("witness", 2, 3, {NAME: 2})
    with witnessed.open("a", encoding="utf-8") as file:
        file.write(cosigned(notes(log)[0]) + "\n")
    found = report(log, witnesses=[witness], quorum=1)
    assert (found.faults, found.cosigned) == ([], {NAME: 4})
    done = run(log, environment_of, "--witness", vkey())
    assert done.returncode == 0
    assert f"{NAME} has cosigned 4 events" in done.stdout
    done = run(log, environment_of, "--witness", vkey(), "--quorum", "0")
    assert done.returncode == 0
    assert run(log, environment_of, "--witness", vkey(), "--quorum", "2").returncode == 2


def test_what_was_signed_lately_may_still_be_on_its_way_to_the_witnesses(log):
    log.grow(4)
    witness = auditctl.read_witness(vkey())
    assert report(log, witnesses=[witness], quorum=1).faults == []


def test_a_cosigned_checkpoint_that_is_not_of_this_log_is_found(log, past_the_triggers):
    """Cut, checkpoints cut as well: what the witnesses keep beside them tells it."""
    log.grow(4)
    (log.folder / f"{log.municipality_id}.witnessed").write_text(
        cosigned(notes(log)[3]) + "\n", encoding="utf-8"
    )
    log.file.write_text("".join(f"{note}\n" for note in notes(log)[:3]), encoding="utf-8")
    assert report(log).faults == []
    past_the_triggers(
        "DELETE FROM audit.event e USING audit.sequence s WHERE s.event_id = e.id"
        " AND s.municipality_id = %s AND seq = 3",
        [log.municipality_id],
    )
    past_the_triggers(
        "DELETE FROM audit.sequence WHERE municipality_id = %s AND seq = 3", [log.municipality_id]
    )
    tree = Tree()
    for (leaf,) in past_the_triggers(
        "SELECT leaf_hash FROM audit.sequence WHERE municipality_id = %s ORDER BY seq",
        [log.municipality_id],
    ):
        tree.append(leaf)
    past_the_triggers(
        "UPDATE audit.tree SET size = 3, frontier = %s WHERE municipality_id = %s",
        [tree.frontier(), log.municipality_id],
    )
    assert [fault.kind for fault in report(log).faults] == ["cut"]


def test_a_false_signature_of_a_witness_is_found(log):
    log.grow(2)
    (log.folder / f"{log.municipality_id}.witnessed").write_text(
        cosigned(notes(log)[1]).replace(
            cosigned(notes(log)[1]).rpartition("— ")[2],
            cosigned(notes(log)[0]).rpartition("— ")[2],
        )
        + "\n",
        encoding="utf-8",
    )
    witness = auditctl.read_witness(vkey())
    (fault,) = report(log, witnesses=[witness]).faults
    assert fault.kind == "checkpoint"
    assert NAME in fault.text
