"""The fast way to find a log whole: what it accepts is whole, and everything else goes the slow way."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from audit import auditctl
from audit.auditctl import Report, Tree, verify
from tests.audit.conftest import Log, connect


@contextmanager
def snapshot() -> Iterator[auditctl._Snapshot]:
    with connect("backup") as own, auditctl._snapshot(own) as moment:
        yield moment


def paired(log: Log) -> bool:
    """Whether the fast way finds the log whole; if so, with the tree that the slow way grows."""
    with snapshot() as moment:
        tree = auditctl._Growth(Tree(), [])
        found = auditctl._pair(moment, tree, log.municipality_id, lambda _events: None)
        slow, report = auditctl._Growth(Tree(), []), Report(log.municipality_id)
        auditctl._walk(moment.numbers, report, slow, lambda _events: None)
        auditctl._look_for_strangers(moment.numbers, report, "-infinity")
    if found is not None:
        assert not report.faults
        assert found.tree.frontier() == slow.tree.frontier()
    return found is not None


def reports(log: Log, **options: Any) -> dict[UUID, Report]:
    with connect("backup") as own:
        found = verify(own, log.folder, log.signer.public_key, **options)
        return {report.municipality_id: report for report in found}


@pytest.mark.parametrize("chunk", [1, 2, 5, 5_000])
def test_a_whole_log_is_found_whole(log, monkeypatch, chunk):
    monkeypatch.setattr(auditctl, "CHUNK", chunk)
    assert paired(log)
    log.write(11)
    assert paired(log)
    log.sequence()
    assert paired(log)
    log.write(3)
    assert paired(log)
    assert (log.report().events, log.report().waiting, log.kinds()) == (11, 3, [])


def test_events_may_lie_in_another_order_than_their_numbers(log, monkeypatch):
    monkeypatch.setattr(auditctl, "CHUNK", 2)
    for number in range(9, 0, -1):
        log.write(occurred_at=log.clock + timedelta(seconds=number))
    log.sequence()
    assert paired(log)
    monkeypatch.setattr(auditctl, "MOST_UNPAIRED", 3)
    assert not paired(log)
    assert log.kinds() == []


def test_an_event_queued_again_after_it_got_its_number_is_no_fault(log, superuser):
    (event,) = log.grow()
    superuser.execute(
        "INSERT INTO audit.unsequenced (municipality_id, event_id, occurred_at, leaf_hash)"
        " SELECT municipality_id, id, occurred_at, leaf_hash FROM audit.event WHERE id = %s",
        [event.id],
    )
    assert paired(log)
    assert log.kinds() == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit.event SET actor_name = 'x' WHERE id = %s",
        "UPDATE audit.event SET leaf_hash = sha256('x') WHERE id = %s",
        "DELETE FROM audit.event WHERE id = %s",
        "UPDATE audit.sequence SET leaf_hash = sha256('x') WHERE event_id = %s",
        "UPDATE audit.sequence SET event_id = gen_random_uuid() WHERE event_id = %s",
        "UPDATE audit.sequence SET seq = 77 WHERE event_id = %s",
        "UPDATE audit.sequence SET seq = 0 WHERE event_id = %s",
        "UPDATE audit.sequence SET seq = NULL WHERE event_id = %s",
        "UPDATE audit.sequence SET seq = -1 WHERE event_id = %s",
        "DELETE FROM audit.sequence WHERE event_id = %s",
    ],
)
def test_what_is_not_whole_goes_the_slow_way_and_the_next_log_is_still_read(
    log, past_the_triggers, change
):
    events, other = log.grow(9), Log(log.folder)
    other.grow(2)
    for constraint in ("sequence_pkey", "sequence_seq_check"):
        past_the_triggers(f"ALTER TABLE audit.sequence DROP CONSTRAINT IF EXISTS {constraint}")
    past_the_triggers("ALTER TABLE audit.sequence ALTER COLUMN seq DROP NOT NULL")
    assert paired(log)
    past_the_triggers(change, [events[4].id])
    assert not paired(log)
    assert paired(other)
    found = reports(log)
    faults = found[log.municipality_id].faults
    assert faults
    if "seq = NULL" in change or "seq = -1" in change:
        assert [f.event_id for f in faults if "lost its number" in f.text] == [str(events[4].id)]
    assert found[other.municipality_id].faults == []


UNIQUE = "sequence_municipality_id_event_id_key"


@pytest.fixture
def numbered_twice(log: Log, past_the_triggers: Callable[..., Any]) -> Iterator[Log]:
    """A log that holds the same event twice, with two numbers, its tree made to fit."""
    *_, event = log.grow(3)
    name = past_the_triggers(
        "SELECT tableoid::regclass FROM audit.event WHERE id = %s", [event.id]
    ).fetchone()[0]
    past_the_triggers(f"ALTER TABLE audit.sequence DROP CONSTRAINT {UNIQUE}")
    past_the_triggers("ALTER TABLE audit.event DROP CONSTRAINT IF EXISTS event_pkey")
    past_the_triggers(f"INSERT INTO {name} SELECT * FROM {name} WHERE id = %s", [event.id])
    leaf = past_the_triggers(
        "INSERT INTO audit.sequence SELECT municipality_id, 3, event_id, leaf_hash FROM audit.sequence"
        " WHERE event_id = %s RETURNING leaf_hash",
        [event.id],
    ).fetchone()[0]
    row = past_the_triggers(
        "SELECT size, frontier FROM audit.tree WHERE municipality_id = %s", [log.municipality_id]
    ).fetchone()
    tree = Tree(*row)
    tree.append(leaf)
    past_the_triggers(
        "UPDATE audit.tree SET size = %s, frontier = %s WHERE municipality_id = %s",
        [tree.size, tree.frontier(), log.municipality_id],
    )
    yield log
    past_the_triggers("DELETE FROM audit.sequence WHERE seq = 3 AND event_id = %s", [event.id])
    past_the_triggers(
        f"ALTER TABLE audit.sequence ADD CONSTRAINT {UNIQUE} UNIQUE (municipality_id, event_id)"
    )


def test_the_same_event_twice_with_two_numbers_is_found(numbered_twice):
    assert not paired(numbered_twice)
    assert set(numbered_twice.kinds()) == {"twice"}


def test_a_row_that_is_there_twice_is_found(log, past_the_triggers):
    (event, *_) = log.grow(3)
    name = past_the_triggers(
        "SELECT tableoid::regclass FROM audit.event WHERE id = %s", [event.id]
    ).fetchone()[0]
    past_the_triggers("ALTER TABLE audit.event DROP CONSTRAINT IF EXISTS event_pkey")
    past_the_triggers(f"INSERT INTO {name} SELECT * FROM {name} WHERE id = %s", [event.id])
    assert not paired(log)
    (fault,) = log.report().faults
    assert (fault.kind, fault.event_id) == ("twice", str(event.id))


def test_an_event_that_nothing_numbers_or_queues_is_found(log, superuser):
    log.grow(3)
    (event,) = log.write()
    superuser.execute("DELETE FROM audit.unsequenced WHERE event_id = %s", [event.id])
    assert not paired(log)
    assert log.kinds() == ["stranger"]


def test_the_client_s_encoding_changes_nothing(log, monkeypatch):
    log.grow(2, actor_name="Åsa Öberg")
    monkeypatch.setenv("PGCLIENTENCODING", "latin1")
    assert paired(log)
    assert log.kinds() == []
    log.grow(1, actor_name="🚸")
    assert paired(log)


def test_events_of_an_older_format_say_so(log, past_the_triggers):
    (event,) = log.grow()
    past_the_triggers("UPDATE audit.event SET v = 1 WHERE id = %s", [event.id])
    (fault,) = log.report().faults
    assert fault.kind == "changed"
    assert "format 1, not 2" in fault.text


def test_progress_is_told(log):
    log.grow(3)
    told: list[tuple[UUID, int, int]] = []
    reports(log, progress=lambda *how_far: told.append(how_far))
    assert (log.municipality_id, 3, 3) in told


@pytest.mark.parametrize(
    "change",
    ["size = NULL", "frontier = NULL", "grown_at = NULL", "grown_at = 'infinity'", "frontier = ''"],
)
def test_a_tree_with_a_hole_is_told_and_nothing_breaks(log, past_the_triggers, change):
    log.grow(3)
    log.file.write_text("", encoding="utf-8")
    for column in ("size", "frontier", "grown_at"):
        past_the_triggers(f"ALTER TABLE audit.tree ALTER COLUMN {column} DROP NOT NULL")
    past_the_triggers(
        f"UPDATE audit.tree SET {change} WHERE municipality_id = %s", [log.municipality_id]
    )
    assert {"tree", "unsigned"} & set(log.kinds())


def test_a_queue_with_a_hole_is_told_and_nothing_breaks(log, past_the_triggers):
    log.grow(2)
    for column, value, kind in (
        ("leaf_hash", "NULL", "changed"),
        ("leaf_hash", "sha256('x')", "changed"),
        ("occurred_at", "NULL", "changed"),
        ("occurred_at", "occurred_at + interval '1 microsecond'", "changed"),
        ("queued_at", "NULL", "waiting"),
        ("queued_at", "'infinity'", "waiting"),
        ("queued_at", "'-infinity'", "waiting"),
    ):
        (event,) = log.write()
        past_the_triggers(f"ALTER TABLE audit.unsequenced ALTER COLUMN {column} DROP NOT NULL")
        past_the_triggers(
            f"UPDATE audit.unsequenced SET {column} = {value} WHERE event_id = %s", [event.id]
        )
        (fault,) = log.report().faults
        assert (fault.kind, fault.event_id) == (kind, str(event.id))
        past_the_triggers("DELETE FROM audit.unsequenced WHERE event_id = %s", [event.id])
        past_the_triggers("DELETE FROM audit.event WHERE id = %s", [event.id])
