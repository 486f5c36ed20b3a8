"""The owner of the server changes the log with every trigger disabled; the verifier finds and names it."""

import base64
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from audit import auditctl
from audit.auditctl import Checkpoint, Tree, origin_of, sign_checkpoint
from audit.event import COLUMNS, Event, leaf_hash
from tests.audit.conftest import Log

# A change of each column, as SQL over the row as it stands.
CHANGES = {
    "id": "gen_random_uuid()",
    "occurred_at": "occurred_at + interval '1 microsecond'",
    "municipality_id": "gen_random_uuid()",
    "agency_id": "gen_random_uuid()",
    "unit_id": "NULL",
    "actor_user_id": "gen_random_uuid()",
    "actor_membership_id": "NULL",
    "actor_name": "'Någon Annan'",
    "actor_role": "actor_role || ' '",
    "action": "'write'",
    "object_type": "''",
    "object_id": "case_id",
    "case_id": "object_id",
    "case_number": "'SSPF-2026-2'",
    "field_groups": "field_groups[2:2]",
    "relation": "upper(relation)",
    "basis": "''",
    "purpose": "'x'",
    "outcome": "'denied'",
    "request_id": "gen_random_uuid()",
    "detail_hash": "set_bit(detail_hash, 0, 1 - get_bit(detail_hash, 0))",
    "v": "257",
    "leaf_hash": "set_byte(leaf_hash, 31, 255 - get_byte(leaf_hash, 31))",
}
SMALL_CHANGES = {
    ("field_groups", "array_append(field_groups, '')"),
    ("field_groups", "ARRAY['identity', 'concern_text']"),
    ("field_groups", "ARRAY[['concern_text', 'identity']]"),
    ("field_groups", "ARRAY['concern_text', NULL, 'identity']"),
    ("field_groups", "'[2:3]={concern_text,identity}'::text[]"),
    ("occurred_at", "'infinity'"),
    ("occurred_at", "'-infinity'"),
    ("occurred_at", "occurred_at - interval '40 days'"),
    ("v", "0"),
    ("v", "-255"),
    ("detail_hash", "NULL"),
    ("detail_hash", "''"),
    ("case_number", "''"),
}


def test_every_column_has_a_change():
    assert set(CHANGES) == {*COLUMNS, "v", "leaf_hash"}


@pytest.fixture
def events(log: Log) -> list[Event]:
    return log.grow(9)


def test_an_untouched_log_is_whole(log, events):
    report = log.report()
    assert report.faults == []
    assert (report.events, report.waiting) == (9, 0)
    tree = Tree()
    for event in events:
        tree.append(leaf_hash(event))
    assert report.root == tree.root()
    assert report.checkpoint.size == 9
    assert auditctl.describe(report)[-1] == "  whole"


@pytest.mark.parametrize(
    ("column", "value"), [*CHANGES.items(), *sorted(SMALL_CHANGES)], ids=lambda part: part[:40]
)
def test_a_changed_column_is_found_and_the_event_is_named(
    log, events, past_the_triggers, column, value
):
    target = events[4]
    past_the_triggers(
        f"UPDATE audit.event SET {column} = {value} WHERE municipality_id = %s AND id = %s",
        [log.municipality_id, target.id],
    )
    faults = log.report().faults
    assert [fault for fault in faults if fault.event_id == str(target.id) and fault.first == 4]
    expected = {"id": ["missing", "stranger"], "municipality_id": ["missing"]}
    assert [fault.kind for fault in faults] == expected.get(column, ["changed"])
    if column == "leaf_hash":
        assert "leaf_hash" in faults[0].text


@pytest.mark.parametrize(
    "column", [c for c in CHANGES if c not in ("municipality_id", "id", "occurred_at")]
)
def test_a_column_set_to_null_is_found(log, events, past_the_triggers, column):
    past_the_triggers(f"ALTER TABLE audit.event ALTER COLUMN {column} DROP NOT NULL")
    past_the_triggers(
        f"UPDATE audit.event SET {column} = NULL WHERE municipality_id = %s AND id = %s",
        [log.municipality_id, events[4].id],
    )
    (fault,) = log.report().faults
    assert (fault.kind, fault.event_id, fault.first) == ("changed", str(events[4].id), 4)


def test_an_event_moved_to_another_municipality_is_missing_here_and_a_stranger_there(
    log, events, past_the_triggers
):
    other = Log(log.folder)
    other.grow()
    past_the_triggers(
        "UPDATE audit.event SET municipality_id = %s WHERE municipality_id = %s AND id = %s",
        [other.municipality_id, log.municipality_id, events[4].id],
    )
    assert log.kinds() == ["missing"]
    (fault,) = other.report().faults
    assert (fault.kind, fault.event_id) == ("stranger", str(events[4].id))


@pytest.mark.parametrize("number", [0, 4, 8])
def test_a_deleted_event_is_named(log, events, past_the_triggers, number):
    past_the_triggers("DELETE FROM audit.event WHERE id = %s", [events[number].id])
    (fault,) = log.report().faults
    assert (fault.kind, fault.event_id, fault.first) == (
        "missing",
        str(events[number].id),
        number,
    )


def test_a_truncated_partition_is_found(log, events, past_the_triggers):
    past_the_triggers(f"TRUNCATE audit.event_{datetime.now(UTC):%Y_%m}")
    assert set(log.kinds()) == {"missing"}
    assert len(log.kinds()) == 9


def test_an_event_slipped_in_is_named(log, events, past_the_triggers):
    stranger = uuid4()
    columns = ", ".join(c for c in (*COLUMNS, "v", "leaf_hash") if c != "id")
    past_the_triggers(
        f"INSERT INTO audit.event (id, {columns}) SELECT %s, {columns} FROM audit.event WHERE id = %s",
        [stranger, events[4].id],
    )
    (fault,) = log.report().faults
    assert (fault.kind, fault.event_id) == ("stranger", str(stranger))


def test_an_event_that_is_there_twice_is_named(log, events, past_the_triggers):
    columns = ", ".join(c for c in (*COLUMNS, "v", "leaf_hash") if c != "occurred_at")
    past_the_triggers(
        f"INSERT INTO audit.event (occurred_at, {columns})"
        f" SELECT occurred_at + interval '1 hour', {columns} FROM audit.event WHERE id = %s",
        [events[4].id],
    )
    faults = log.report().faults
    assert "twice" in {fault.kind for fault in faults}
    assert {fault.event_id for fault in faults} == {str(events[4].id)}


def test_two_events_that_changed_numbers_are_found_as_a_range(log, events, past_the_triggers):
    _swap(log, past_the_triggers, 3, 5)
    (fault, tree) = log.report().faults
    assert (fault.kind, fault.first, fault.last) == ("root", 3, 3)
    assert tree.kind == "tree"


def test_two_events_that_changed_places_under_their_hashes_are_named(
    log, events, past_the_triggers
):
    past_the_triggers(
        "ALTER TABLE audit.sequence DROP CONSTRAINT sequence_municipality_id_event_id_key"
    )
    for number, event in ((3, events[5]), (5, events[3])):
        past_the_triggers(
            "UPDATE audit.sequence SET event_id = %s WHERE municipality_id = %s AND seq = %s",
            [event.id, log.municipality_id, number],
        )
    faults = log.report().faults
    assert [(f.kind, f.first, f.event_id) for f in faults] == [
        ("changed", 3, str(events[5].id)),
        ("changed", 5, str(events[3].id)),
    ]


def _swap(log: Log, execute: Callable[..., Any], one: int, other: int) -> None:
    for before, after in ((one, 1000), (other, one), (1000, other)):
        execute(
            "UPDATE audit.sequence SET seq = %s WHERE municipality_id = %s AND seq = %s",
            [after, log.municipality_id, before],
        )


@pytest.mark.parametrize("number", [0, 4])
def test_a_number_taken_out_of_the_sequence_is_named(log, events, past_the_triggers, number):
    past_the_triggers(
        "DELETE FROM audit.sequence WHERE municipality_id = %s AND seq = %s",
        [log.municipality_id, number],
    )
    faults = log.report().faults
    gap = next(fault for fault in faults if fault.kind == "gap")
    assert (gap.first, gap.last) == (number, number)
    assert str(events[number].id) in {f.event_id for f in faults if f.kind == "stranger"}


def test_a_number_used_twice_is_named(log, events, past_the_triggers):
    past_the_triggers("ALTER TABLE audit.sequence DROP CONSTRAINT sequence_pkey")
    past_the_triggers(
        "UPDATE audit.sequence SET seq = 3 WHERE municipality_id = %s AND seq = 4",
        [log.municipality_id],
    )
    faults = log.report().faults
    assert {"twice", "gap"} <= {fault.kind for fault in faults}


def _cut(log: Log, execute: Callable[..., Any], keep: int) -> None:
    """Cut the tail the thorough way: events, numbers and tree, so that the database agrees with itself."""
    rows = execute(
        "SELECT event_id, leaf_hash FROM audit.sequence WHERE municipality_id = %s ORDER BY seq",
        [log.municipality_id],
    ).fetchall()
    tree = Tree()
    for _event, leaf in rows[:keep]:
        tree.append(leaf)
    gone = [row[0] for row in rows[keep:]]
    execute("DELETE FROM audit.event WHERE id = ANY(%s)", [gone])
    execute("DELETE FROM audit.sequence WHERE event_id = ANY(%s)", [gone])
    if keep:
        execute(
            "UPDATE audit.tree SET size = %s, frontier = %s WHERE municipality_id = %s",
            [keep, tree.frontier(), log.municipality_id],
        )
    else:
        execute("DELETE FROM audit.tree WHERE municipality_id = %s", [log.municipality_id])


@pytest.mark.parametrize("keep", range(9))
def test_a_cut_tail_is_found_and_its_numbers_are_told(log, events, past_the_triggers, keep):
    _cut(log, past_the_triggers, keep)
    (fault,) = log.report().faults
    assert (fault.kind, fault.first, fault.last) == ("cut", keep, 8)


def test_a_cut_tail_grown_over_again_is_found_and_not_signed(log, events, past_the_triggers):
    _cut(log, past_the_triggers, 6)
    log.write(5)
    signed = log.file.read_bytes()
    log.sequence()
    assert log.file.read_bytes() == signed
    report = log.report()
    assert [fault.kind for fault in report.faults] == ["cut"]
    assert report.waiting == 5


def test_a_rewritten_event_with_every_hash_made_to_fit_is_found_as_a_range(
    log, events, past_the_triggers
):
    forged = replace(events[4], actor_name="Någon Annan")
    leaf = leaf_hash(forged)
    execute = past_the_triggers
    execute(
        "UPDATE audit.event SET actor_name = %s, leaf_hash = %s WHERE id = %s",
        [forged.actor_name, leaf, forged.id],
    )
    execute("UPDATE audit.sequence SET leaf_hash = %s WHERE event_id = %s", [leaf, forged.id])
    tree = Tree()
    for event in [*events[:4], forged, *events[5:]]:
        tree.append(leaf_hash(event))
    execute(
        "UPDATE audit.tree SET frontier = %s WHERE municipality_id = %s",
        [tree.frontier(), log.municipality_id],
    )
    (fault,) = log.report().faults
    assert (fault.kind, fault.first, fault.last) == ("root", 4, 4)
    log.write()
    signed = log.file.read_bytes()
    log.sequence()
    assert log.file.read_bytes() == signed


@pytest.mark.parametrize(
    "change",
    [
        "size = size - 1",
        "size = size + 1",
        "frontier = set_byte(frontier, 3, 255 - get_byte(frontier, 3))",
    ],
)
def test_an_edited_tree_is_found(log, events, past_the_triggers, change):
    past_the_triggers(
        f"UPDATE audit.tree SET {change} WHERE municipality_id = %s", [log.municipality_id]
    )
    assert log.kinds() == ["tree"]


def test_a_removed_tree_is_found(log, events, past_the_triggers):
    past_the_triggers("DELETE FROM audit.tree WHERE municipality_id = %s", [log.municipality_id])
    assert log.kinds() == ["tree"]


def test_an_event_changed_while_it_waits_is_named(log, events, past_the_triggers):
    (waiting,) = log.write()
    past_the_triggers("UPDATE audit.event SET action = 'x' WHERE id = %s", [waiting.id])
    (fault,) = log.report().faults
    assert (fault.kind, fault.event_id) == ("changed", str(waiting.id))
    log.sequence()
    (fault,) = log.report().faults
    assert (fault.kind, fault.event_id, fault.first) == ("changed", str(waiting.id), 9)


def test_an_event_removed_while_it_waits_is_named(log, events, past_the_triggers):
    (waiting,) = log.write()
    past_the_triggers("DELETE FROM audit.event WHERE id = %s", [waiting.id])
    assert log.kinds() == ["missing"]


def test_an_event_taken_out_of_the_queue_is_named(log, events, superuser):
    (waiting,) = log.write()
    superuser.execute("DELETE FROM audit.unsequenced WHERE event_id = %s", [waiting.id])
    (fault,) = log.report().faults
    assert (fault.kind, fault.event_id) == ("stranger", str(waiting.id))


@pytest.mark.parametrize("by", [timedelta(minutes=-6), timedelta(days=400)])
def test_an_event_that_has_waited_too_long_is_named(log, events, superuser, by):
    (waiting,) = log.write()
    assert log.kinds() == []
    superuser.execute("UPDATE audit.unsequenced SET queued_at = now() + %s", [by])
    (fault,) = log.report().faults
    assert (fault.kind, fault.event_id) == ("waiting", str(waiting.id))


@pytest.mark.parametrize("by", [timedelta(minutes=-2), timedelta(days=400)])
def test_removed_checkpoints_are_found(log, events, superuser, by):
    log.file.unlink()
    superuser.execute("UPDATE audit.tree SET grown_at = now() + %s", [by])
    (fault,) = log.report().faults
    assert (fault.kind, fault.first, fault.last) == ("unsigned", 0, 8)


def test_every_edited_checkpoint_is_refused(log, events):
    text = log.file.read_text(encoding="utf-8")
    for old, new in (
        ("\n5\n", "\n6\n"),
        ("\n9\n", "\n99\n"),
        (str(log.municipality_id)[:8], "0" * 8),
    ):
        log.file.write_text(text.replace(old, new, 1), encoding="utf-8")
        assert log.kinds() == ["checkpoint"]
    log.file.write_text(text.rstrip("\n"), encoding="utf-8")
    assert log.kinds() == ["checkpoint"]
    log.file.write_text("nothing\n" + text, encoding="utf-8")
    assert "checkpoint" in log.kinds()
    log.file.write_bytes(b"\xff\xfe\0" * 100)
    assert log.kinds() == ["checkpoint"]


def test_checkpoints_of_another_municipality_or_key_are_refused(log, events):
    other = Log(log.folder)
    other.grow(2)
    own = log.file.read_bytes()
    log.file.write_bytes(other.file.read_bytes())
    assert set(log.kinds()) == {"checkpoint"}
    log.file.write_bytes(own)
    assert log.kinds() == []


def test_two_signed_histories_are_found(log, events):
    root = bytes(32)
    checkpoint = Checkpoint(origin_of(log.municipality_id), 4, root)
    note = sign_checkpoint(checkpoint, log.signer.sign, log.signer.public_key, datetime.now(UTC))
    with log.file.open("a", encoding="utf-8") as file:
        file.write(note + "\n")
    assert set(log.kinds()) == {"checkpoint", "root"}


def test_a_log_that_is_gone_altogether_is_found_by_its_checkpoints(log, events, past_the_triggers):
    for table in ("event", "sequence", "tree"):
        past_the_triggers(
            f"DELETE FROM audit.{table} WHERE municipality_id = %s", [log.municipality_id]
        )
    (fault,) = log.report().faults
    assert (fault.kind, fault.first, fault.last) == ("cut", 0, 8)


def _auditctl(
    log: Log,
    environment_of: Callable[[str], dict[str, str]],
    *more: str,
    role: str = "backup",
    key: bytes | None = None,
) -> subprocess.CompletedProcess[str]:
    values = environment_of(role)
    return subprocess.run(
        [
            sys.executable,
            auditctl.__file__,
            "verify",
            "--database",
            f"{values['SSPF_DATABASE_URL']}?user=sspf_{role}",
            "--checkpoints",
            str(log.folder),
            "--public-key",
            base64.b64encode(key or log.signer.public_key).decode(),
            *more,
        ],
        env={"PATH": "/usr/bin", "PGPASSWORD": values["SSPF_DATABASE_PASSWORD"]},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def test_the_command_says_ok(log, events, environment_of):
    done = _auditctl(log, environment_of, "--municipality", str(log.municipality_id))
    assert (done.returncode, done.stderr) == (0, "")
    assert "events      9" in done.stdout
    assert done.stdout.endswith("OK\n")
    assert "signed 20" in done.stdout


def test_the_command_names_the_fault(log, events, environment_of, past_the_triggers):
    past_the_triggers("UPDATE audit.event SET action = 'x' WHERE id = %s", [events[4].id])
    done = _auditctl(log, environment_of)
    assert done.returncode == 1
    assert f"event {events[4].id} (number 4, 20" in done.stdout
    assert "its content has been changed since it was written" in done.stdout
    assert "OK\n" not in done.stdout


@pytest.mark.parametrize(
    ("role", "key", "more", "word"),
    [
        ("web", None, (), "sspf_backup"),
        ("backup", b"short", (), "32 bytes"),
        ("backup", None, ("--checkpoints", "/nowhere"), "no folder"),
        ("backup", None, ("--database", "postgresql://localhost:1/x"), "could not verify"),
        ("backup", None, ("--municipality", "Skara"), "invalid"),
    ],
)
def test_the_command_says_when_it_could_not_check(  # noqa: PLR0917
    log, environment_of, role, key, more, word, committed
):
    log.grow()
    done = _auditctl(log, environment_of, *more, role=role, key=key)
    assert done.returncode == 2
    assert word in done.stderr
    assert "Traceback" not in done.stderr


def test_the_verifier_imports_no_django():
    code = (
        "import runpy, sys; runpy.run_path(sys.argv[1], run_name='x');"
        " sys.exit(any(m.split('.')[0] in ('django', 'audit', 'crypto', 'sspf') for m in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, auditctl.__file__], cwd="/", check=False, timeout=240
    )
    assert done.returncode == 0
