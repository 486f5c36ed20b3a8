"""The sequencer: nothing lost, nothing numbered twice, whoever is killed or comes at the same time."""

import base64
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction

from audit import auditctl, check, trees
from audit.auditctl import Tree
from audit.checkpoint_file import held
from audit.event import PLATFORM, Event, leaf_hash
from tests.audit.conftest import Log, as_role, connect, enter

ROOT = Path(__file__).resolve().parents[2]


def _sequence(superuser: psycopg.Connection[Any], log: Log) -> list[tuple[Any, ...]]:
    rows = superuser.execute(
        "SELECT seq, event_id, leaf_hash FROM audit.sequence WHERE municipality_id = %s ORDER BY seq",
        [log.municipality_id],
    ).fetchall()
    assert [row[0] for row in rows] == list(range(len(rows)))
    return rows


def _waiting(superuser: psycopg.Connection[Any], log: Log) -> int:
    query = "SELECT event_id FROM audit.unsequenced WHERE municipality_id = %s"
    return len(superuser.execute(query, [log.municipality_id]).fetchall())


def _fault() -> str:
    status = check.sequencer_status()
    assert status is not None
    return status.fault


def _answer(log: Log) -> check.Verification:
    found = check.latest_verification(log.municipality_id)
    assert found is not None
    return found


def test_events_are_numbered_in_the_order_of_their_time(log, superuser):
    events = log.write(5) + log.write(3)
    log.sequence()
    rows = _sequence(superuser, log)
    assert [row[1] for row in rows] == [event.id for event in events]
    assert [row[2] for row in rows] == [leaf_hash(event) for event in events]
    assert _waiting(superuser, log) == 0
    assert _covered(log) == 8


def test_nothing_new_is_nothing_signed(log):
    log.write()
    log.sequence()
    signed = log.file.read_bytes()
    log.sequence()
    assert log.file.read_bytes() == signed
    log.write()
    log.sequence()
    assert log.file.read_bytes().startswith(signed)
    assert log.file.read_bytes() != signed


def test_each_municipality_has_its_own_tree_and_the_platform_one_as_well(log):
    other = Log(log.folder)
    platform = Log(log.folder, municipality_id=PLATFORM, agency_id=PLATFORM)
    log.write(3)
    other.write(2)
    platform.write(1)
    log.sequence()
    assert (log.report().events, other.report().events) == (3, 2)
    assert platform.report().faults == []
    assert log.report().root != other.report().root


def test_more_than_a_batch_is_numbered_at_once(log, superuser):
    log.write(trees.BATCH + 7)
    log.sequence()
    assert len(_sequence(superuser, log)) == trees.BATCH + 7
    assert log.report().faults == []


def test_an_event_queued_again_gets_no_second_number_and_stops_nothing(log, superuser):
    (event,) = log.write()
    log.sequence()
    with transaction.atomic(), connection.cursor() as cursor:
        enter(log.municipality_id, log.agency_id)
        cursor.execute(
            "INSERT INTO audit.unsequenced (municipality_id, event_id, occurred_at, leaf_hash)"
            " VALUES (%s, %s, now(), %s)",
            [log.municipality_id, event.id, bytes(32)],
        )
    log.write()
    log.sequence()
    assert len(_sequence(superuser, log)) == 2
    assert _waiting(superuser, log) == 0
    assert log.report().faults == []


@pytest.mark.parametrize("place", ["before commit", "after commit", "in the middle of the note"])
def test_a_kill_between_any_two_steps_loses_nothing(log, superuser, place):
    log.write(4)
    log.sequence()
    events = log.write(3)
    sequencer = log.sequencer()
    with as_role("sequencer"):
        if place == "before commit":
            with transaction.atomic():
                trees.grow(log.municipality_id, None, log.folder, log.signer.public_key)
                transaction.set_rollback(True)
        else:
            sequencer._number(log.municipality_id)
    if place == "in the middle of the note":
        with log.file.open("ab") as file:
            file.write(f"sspf/{log.municipality_id}\n7\nAAAA".encode())
    assert len(_sequence(superuser, log)) == (4 if place == "before commit" else 7)
    log.sequence()
    assert [row[1] for row in _sequence(superuser, log)][4:] == [event.id for event in events]
    report = log.report()
    assert (report.faults, _covered(log)) == ([], 7)


def test_a_municipality_at_fault_does_not_hold_up_the_others(log, superuser):
    other = Log(log.folder)
    log.write(2)
    other.write(2)
    log.sequence()
    superuser.execute(
        "UPDATE audit.tree SET frontier = %s, size = 1 WHERE municipality_id = %s",
        [bytes(32), log.municipality_id],
    )
    log.write()
    other.write()
    log.sequence()
    assert (_covered(log), _waiting(superuser, log)) == (2, 1)
    assert _covered(other) == 3
    fault = _fault()
    assert str(log.municipality_id) in fault
    assert "cut or rolled back" in fault
    assert str(other.municipality_id) not in fault


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            "UPDATE audit.tree SET frontier = set_byte(frontier, 0, 255 - get_byte(frontier, 0))",
            "not those",
        ),
        (
            "UPDATE audit.tree SET size = 7, frontier = frontier || frontier || frontier",
            "not that of the sequence",
        ),
        ("UPDATE audit.tree SET size = 7", "damaged"),
        ("DELETE FROM audit.tree", "cut or rolled back"),
    ],
)
def test_a_tree_that_does_not_continue_what_was_signed_is_not_signed(log, superuser, change, words):
    log.write(4)
    log.sequence()
    signed = log.file.read_bytes()
    superuser.execute(f"{change} WHERE municipality_id = %s", [log.municipality_id])
    log.write()
    log.sequence()
    assert log.file.read_bytes() == signed
    assert _waiting(superuser, log) == 1
    assert words in _fault()


def test_a_tree_changed_behind_a_living_sequencer_is_noticed(log, superuser):
    """Restored from an old backup while the sequencer only lost its connection for a moment."""
    sequencer = log.sequencer()
    log.write(4)
    with as_role("sequencer"):
        sequencer.run_once()
        superuser.execute("ALTER TABLE audit.sequence DISABLE TRIGGER USER")
        superuser.execute(
            "DELETE FROM audit.sequence WHERE municipality_id = %s AND seq >= 2",
            [log.municipality_id],
        )
        row = superuser.execute(
            "SELECT leaf_hash FROM audit.sequence WHERE municipality_id = %s ORDER BY seq",
            [log.municipality_id],
        ).fetchall()
        tree = Tree()
        for (leaf,) in row:
            tree.append(leaf)
        superuser.execute(
            "UPDATE audit.tree SET size = 2, frontier = %s WHERE municipality_id = %s",
            [tree.frontier(), log.municipality_id],
        )
        signed = log.file.read_bytes()
        sequencer.run_once()
    assert log.file.read_bytes() == signed
    assert "cut or rolled back" in _fault()


def test_an_edited_checkpoint_is_left_as_evidence(log):
    log.write(2)
    log.sequence()
    edited = log.file.read_text(encoding="utf-8").replace("\n2\n", "\n1\n")
    log.file.write_text(edited, encoding="utf-8")
    log.write()
    log.sequence()
    assert log.file.read_text(encoding="utf-8") == edited
    assert "signature is wrong" in _fault()


def test_a_lost_checkpoint_file_is_begun_anew(log):
    log.write(2)
    log.sequence()
    log.file.unlink()
    log.sequence()
    assert _covered(log) == 2


def test_a_second_sequencer_waits_or_leaves(log):
    log.write()
    with held(log.folder) as alone, as_role("sequencer"):
        assert alone
        assert log.sequencer().run_once() is False


def test_a_sequencer_on_another_machine_does_nothing_meanwhile(log, superuser, tmp_path):
    log.write()
    with connect("sequencer") as other, as_role("sequencer"):
        other.execute("SELECT pg_advisory_xact_lock(%s)", [trees.LOCK])
        with pytest.raises(trees.Elsewhere):
            log.sequencer().run_once()
    assert _waiting(superuser, log) == 1
    # Another folder on another machine gets the same tree, once the first is done.
    log.sequence()
    second = Log(tmp_path / "second", log.municipality_id, log.agency_id)
    second.sequence()
    second.write()
    log.sequence()
    second.sequence()
    assert log.report().root == second.report().root
    assert (log.report().faults, second.report().faults) == ([], [])


def test_the_web_asks_and_gets_the_latest_answer(log, superuser):
    log.write(3, detail_hash=None)
    log.sequence()
    with transaction.atomic():
        enter(log.municipality_id, log.agency_id)
        assert check.latest_verification(log.municipality_id) is None
        check.request_verification(log.municipality_id)
        check.request_verification(log.municipality_id)
    log.sequence()
    with transaction.atomic():
        enter(log.municipality_id, log.agency_id)
        found = _answer(log)
        assert (found.ok, found.events, found.checkpoint_size, found.faults) == (True, 3, 3, ())
        assert found.root == log.report().root
        check.request_verification(log.municipality_id)
    superuser.execute("ALTER TABLE audit.event DISABLE TRIGGER USER")
    superuser.execute(
        "UPDATE audit.event SET action = 'x' WHERE municipality_id = %s", [log.municipality_id]
    )
    log.sequence()
    with transaction.atomic():
        enter(log.municipality_id, log.agency_id)
        found = _answer(log)
        assert (found.ok, len(found.faults), found.faults[0].kind) == (False, 3, "changed")
        assert not superuser.execute("SELECT 1 FROM audit.verification_request").fetchall()
        enter(uuid4(), log.agency_id)
        assert check.latest_verification(log.municipality_id) is None


def test_the_answer_tells_of_row_changes_too(log):
    """This event binds row changes, and there are none of its request."""
    (event,) = log.write()
    log.sequence()
    with transaction.atomic():
        enter(log.municipality_id, log.agency_id)
        check.request_verification(log.municipality_id)
    log.sequence()
    with transaction.atomic():
        enter(log.municipality_id, log.agency_id)
        (fault,) = _answer(log).faults
    assert (fault.kind, fault.event_id) == ("unnoted", str(event.id))


def test_no_verification_of_another_municipality_can_be_asked_for(log):
    with transaction.atomic():
        enter(uuid4(), log.agency_id)
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            check.request_verification(log.municipality_id)


# --- real processes ------------------------------------------------------------------------------------


def _start(
    log: Log, environment_of: Callable[[str], dict[str, str]], *more: str
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "sequencer", *more],
        cwd=ROOT,
        env=environment_of("sequencer")
        | {
            "SSPF_CHECKPOINT_DIR": str(log.folder),
            "SSPF_AUDIT_KEY": base64.b64encode(bytes(range(32))).decode(),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _until(process: subprocess.Popen[str], condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        if time.monotonic() > end or process.poll() is not None:
            process.kill()
            pytest.fail(
                f"it did not happen in time; the process said:\n{process.communicate(timeout=60)[0]}"
            )
        time.sleep(0.05)


def _covered(log: Log) -> int:
    checkpoint = log.report().checkpoint
    return checkpoint.size if checkpoint else 0


def _signed(log: Log) -> int:
    if not log.file.exists():
        return 0
    origin = auditctl.origin_of(log.municipality_id)
    notes = auditctl.notes_in(log.file.read_text(encoding="utf-8"))
    try:
        return auditctl.read_checkpoint(notes[-1], origin, log.signer.public_key).size
    except (IndexError, auditctl.BadCheckpoint):
        return -1


@pytest.mark.slow
def test_the_process_works_survives_a_cut_connection_and_ends_on_sigterm(
    log, superuser, environment_of
):
    process = _start(log, environment_of)
    try:
        log.write(3)
        _until(process, lambda: _signed(log) == 3)
        superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = 'sspf_sequencer' AND datname = current_database()"
        )
        log.write(2)
        _until(process, lambda: _signed(log) == 5)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    finally:
        process.kill()
        output = process.communicate(timeout=60)[0]
    assert "Traceback" not in output
    assert log.report().faults == []


@pytest.mark.slow
def test_killed_again_and_again_it_loses_and_repeats_nothing(log, superuser, environment_of):
    dice = random.Random(4)
    events: list[Event] = []
    for _ in range(4):
        process = _start(log, environment_of)
        try:
            before = _signed(log)

            def signed_more(before: int = before) -> bool:
                events.extend(log.write(dice.randint(1, 20)))
                return _signed(log) != before

            _until(process, signed_more)
            time.sleep(dice.random() / 5)
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.wait(15)
            process.communicate(timeout=60)
    done = _start(log, environment_of, "--once")
    output = done.communicate(timeout=60)[0]
    assert done.returncode == 0
    assert "Traceback" not in output
    assert sorted(row[1] for row in _sequence(superuser, log)) == sorted(e.id for e in events)
    report = log.report()
    assert (report.faults, _covered(log)) == ([], len(events))


@pytest.mark.slow
def test_two_processes_take_turns(log, superuser, environment_of):
    first = _start(log, environment_of)
    processes = [first]
    try:
        log.write()
        _until(first, lambda: _signed(log) == 1)
        second = _start(log, environment_of)
        processes.append(second)
        for number in range(2, 6):
            log.write()
            _until(first, partial(lambda wanted: _signed(log) == wanted, number))
        os.kill(first.pid, signal.SIGKILL)
        log.write()
        _until(second, lambda: _signed(log) == 6)
        assert second.poll() is None
    finally:
        for process in processes:
            process.kill()
            process.communicate(timeout=60)
    assert log.report().faults == []
    assert len(_sequence(superuser, log)) == 6
