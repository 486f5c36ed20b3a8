"""Every row × every column × {a bit, NULL, another row's value}, and whole rows, numbers, trees and files likewise.

The owner of the server changes the log with every trigger and constraint out of the way; each change is found, and
every event that was touched is named, and no other. Many are made at a time, so that all of it takes seconds.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from audit.auditctl import COLUMNS, NOT_HASHED, Report, Tree
from audit.event import OUTCOMES, Event, leaf_hash
from tests.audit.conftest import Log

ROWS = 24
ALL = (*COLUMNS, *sorted(NOT_HASHED))
KINDS = ("a bit", "NULL", "another row's")
FREED = ("event", "sequence", "tree", "unsequenced")


@dataclass
class Attacker:
    """What the owner of the server can do, and undo."""

    log: Log
    execute: Callable[..., Any]
    events: list[Event]
    refused: set[str]

    def rows(self, table: str, columns: tuple[str, ...]) -> list[dict[str, Any]]:
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        query = sql.SQL("SELECT {} FROM kept.{}").format(names, sql.Identifier(table))
        return [dict(zip(columns, row, strict=True)) for row in self.execute(query).fetchall()]

    def set(self, table: str, column: str, value: Any, where: Mapping[str, Any]) -> None:
        is_it = sql.SQL(" AND ").join(
            sql.SQL("{} = %s").format(sql.Identifier(name)) for name in where
        )
        statement = sql.SQL("UPDATE audit.{} SET {} = %s WHERE {}").format(
            sql.Identifier(table), sql.Identifier(column), is_it
        )
        assert self.execute(statement, [value, *where.values()]).rowcount == 1

    def restore(self) -> None:
        for table in FREED:
            self.execute(f"DELETE FROM audit.{table}")
            self.execute(f"INSERT INTO audit.{table} SELECT * FROM kept.{table}")

    def tree(self, leaves: list[bytes]) -> None:
        """Record the tree of these leaves."""
        tree = Tree()
        tree.extend(leaves)
        self.execute(
            "UPDATE audit.tree SET size = %s, frontier = %s WHERE municipality_id = %s",
            [tree.size, tree.frontier(), self.log.municipality_id],
        )


def _events(log: Log) -> list[Event]:
    """Events of which no two share a value in any column, as far as that can be."""
    outcomes = sorted(OUTCOMES)
    return [
        event
        for n in range(ROWS)
        for event in log.grow(
            1,
            agency_id=uuid4(),
            outcome=outcomes[n % len(outcomes)],
            field_groups=(f"group_{n}", "identity"),
            detail_hash=bytes([n]) * 32,
            **{
                name: f"{name} nr {n}"
                for name in ("actor_name", "actor_role", "action", "object_type", "case_number",
                             "relation", "basis", "purpose")
            },
        )
    ]  # fmt: skip


def _free(execute: Callable[..., Any]) -> set[str]:
    """Take triggers, then constraints out of the way, and keep a copy; tell which columns could not be emptied before."""
    execute("CREATE SCHEMA kept")
    tables = [f"audit.{table}" for table in FREED]
    partitions = execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit.event'::regclass"
    ).fetchall()
    for table in [*tables, *(name for (name,) in partitions)]:
        execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    refused = set()
    for column in ALL:
        try:
            execute(f"BEGIN; UPDATE audit.event SET {column} = NULL; ROLLBACK")
        except psycopg.errors.IntegrityError:
            execute("ROLLBACK")
            refused.add(column)
    for table in FREED:
        execute(f"CREATE TABLE kept.{table} AS TABLE audit.{table}")
        for (name,) in execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype <> 'n'"
            " AND coninhcount = 0",
            [f"audit.{table}"],
        ).fetchall():
            execute(sql.SQL("ALTER TABLE audit.{} DROP CONSTRAINT {}").format(sql.Identifier(table), sql.Identifier(name)))  # fmt: skip
        for (name,) in execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnotnull AND attnum > 0",
            [f"audit.{table}"],
        ).fetchall():
            execute(
                sql.SQL("ALTER TABLE audit.{} ALTER COLUMN {} DROP NOT NULL").format(
                    sql.Identifier(table), sql.Identifier(name)
                )
            )
    return refused


@pytest.fixture(scope="module")
def held(committed, superuser_conninfo, tmp_path_factory) -> Iterator[Attacker]:
    """One log for the whole file, freed of everything that guards it."""
    parts = psycopg.conninfo.conninfo_to_dict(superuser_conninfo) | {"dbname": committed}
    conninfo = psycopg.conninfo.make_conninfo(**parts)
    log = Log(tmp_path_factory.mktemp("matrix") / "checkpoints")
    events = _events(log)
    other = Log(log.folder)
    other.grow(2)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        refused = _free(connection.execute)
        yield Attacker(log, connection.execute, events, refused)


@pytest.fixture
def attacker(held: Attacker) -> Iterator[Attacker]:
    checkpoints = held.log.file.read_bytes()
    assert held.log.report().faults == []
    yield held
    held.log.file.write_bytes(checkpoints)
    held.restore()


def _flipped(value: Any, dice: random.Random) -> Any:
    """The value with one bit changed: the lowest that its type lets one change, or any of a string of bytes."""
    match value:
        case UUID():
            return UUID(int=value.int ^ 1 << dice.randrange(128))
        case datetime():
            return value + timedelta(microseconds=1 if value.microsecond % 2 == 0 else -1)
        case bytes():
            place = dice.randrange(8 * len(value))
            number = int.from_bytes(value, "big") ^ 1 << place
            return number.to_bytes(len(value), "big")
        case str():
            return value[:-1] + chr(ord(value[-1]) ^ 1)
        case list():
            return [_flipped(value[0], dice), *value[1:]]
        case int():
            return value ^ 1 << dice.randrange(3)
    raise AssertionError(value)


def _others(rows: list[dict[str, Any]], row: int, column: str) -> Any:
    """Another row's value, where there is a different one."""
    own = rows[row][column]
    following = (rows[(row + step) % len(rows)][column] for step in range(1, len(rows)))
    return next((value for value in following if value != own), own)


def _named(report: Report) -> set[str]:
    return {fault.event_id for fault in report.faults if fault.event_id}


def test_every_row_every_column_every_kind_of_change(attacker, capsys):
    dice = random.Random(8)
    log, own = attacker.log, {"municipality_id": attacker.log.municipality_id}
    by_id = {
        row["id"]: row
        for row in attacker.rows("event", ALL)
        if row["municipality_id"] == log.municipality_id
    }
    rows = [by_id[event.id] for event in attacker.events]
    strangers = [
        row for row in attacker.rows("event", ALL) if row["municipality_id"] != log.municipality_id
    ]
    cells = [(column, kind) for column in ALL for kind in KINDS]
    tried, found, without = 0, 0, Counter[str]()
    for turn in range(len(cells)):
        # Row by row another kind of change; every second row is left alone, and must not be named.
        for parity in (0, 1):
            touched: dict[str, tuple[str, str]] = {}
            written: set[str] = set()
            for place in range(parity, ROWS, 2):
                column, kind = cells[(turn + place) % len(cells)]
                row = rows[place]
                if kind == "a bit":
                    value = _flipped(row[column], dice)
                elif kind == "NULL":
                    value = None
                else:
                    value = _others([row, *strangers] if column == "municipality_id" else rows, 0 if column == "municipality_id" else place, column)  # fmt: skip
                if value == row[column]:
                    without[column] += 1
                    continue
                touched[str(row["id"])] = (column, kind)
                attacker.set("event", column, value, own | {"id": row["id"], "occurred_at": row["occurred_at"]})  # fmt: skip
                if column == "id":
                    written.add(str(value))
            report = log.report()
            named = _named(report)
            missed = {touched[one] for one in touched.keys() - named}
            assert not missed, (turn, missed)
            assert named - touched.keys() <= written, (turn, named - touched.keys())
            tried += len(touched)
            found += len(touched.keys() & named)
            attacker.restore()
    # All events have the one version there is, so no other row has another.
    assert without == {"v": ROWS}
    assert tried == found == ROWS * (len(cells) - 1)
    with capsys.disabled():
        print(
            f"\n{tried} changed cells of {ROWS} rows × {len(ALL)} columns: {found} found and named"
        )


def test_null_is_refused_as_long_as_the_constraints_stand(held):
    """Before they were dropped: a column that must be there cannot be emptied, not even past the triggers."""
    may_be_empty = {name for name, kind in Event.__annotations__.items() if "None" in str(kind)}
    assert held.refused == set(ALL) - may_be_empty


def test_every_row_deleted_or_there_twice(attacker):
    log, names = attacker.log, ", ".join(ALL)
    for number, event in enumerate(attacker.events):
        where = [log.municipality_id, event.id]
        attacker.execute("DELETE FROM audit.event WHERE municipality_id = %s AND id = %s", where)
        (fault,) = log.report().faults
        assert (fault.kind, fault.event_id, fault.first) == ("missing", str(event.id), number)
        attacker.restore()
        attacker.execute(
            f"INSERT INTO audit.event ({names}) SELECT {names} FROM audit.event"
            " WHERE municipality_id = %s AND id = %s",
            where,
        )
        faults = log.report().faults
        assert faults
        assert {fault.event_id for fault in faults} == {str(event.id)}, number
        attacker.restore()


def test_every_forged_row_with_a_right_hash(attacker):
    """An event that never was, hashed as it must be: without a number it is named, with one it is a range."""
    log, columns = attacker.log, ", ".join(ALL)
    for number, event in enumerate(attacker.events):
        forged = replace(event, id=uuid4(), actor_name="Någon Annan")
        attacker.execute(
            f"INSERT INTO audit.event ({columns}) SELECT {', '.join(_copy_of(name) for name in ALL)}"
            " FROM audit.event WHERE id = %(event)s",
            {"event": event.id, "id": forged.id, "leaf": leaf_hash(forged)},
        )
        (fault,) = log.report().faults
        assert (fault.kind, fault.event_id) == ("stranger", str(forged.id))
        # Now with a number of its own, all others moved up, and the tree made to fit.
        attacker.execute(
            "UPDATE audit.sequence SET seq = seq + 1 WHERE municipality_id = %s AND seq >= %s",
            [log.municipality_id, number],
        )
        attacker.execute(
            "INSERT INTO audit.sequence (municipality_id, seq, event_id, leaf_hash) VALUES (%s, %s, %s, %s)",
            [log.municipality_id, number, forged.id, leaf_hash(forged)],
        )
        leaves = [leaf_hash(one) for one in attacker.events]
        attacker.tree([*leaves[:number], leaf_hash(forged), *leaves[number:]])
        faults = [fault for fault in log.report().faults if fault.kind == "root"]
        assert [(fault.first, fault.last) for fault in faults] == [(number, number)]
        attacker.restore()


def _copy_of(name: str) -> str:
    return {"id": "%(id)s", "leaf_hash": "%(leaf)s", "actor_name": "'Någon Annan'"}.get(name, name)


def _pairs() -> list[tuple[int, int]]:
    every = [(one, other) for other in range(ROWS) for one in range(other)]
    adjacent = list(pairwise(range(ROWS)))
    return adjacent + random.Random(5).sample([p for p in every if p not in adjacent], 40)


def test_pairs_of_events_that_changed_numbers(attacker):
    log = attacker.log
    for one, other in _pairs():
        leaves = [leaf_hash(event) for event in attacker.events]
        for before, after in ((one, -1), (other, one), (-1, other)):
            attacker.set("sequence", "seq", after, {"municipality_id": log.municipality_id, "seq": before})  # fmt: skip
        leaves[one], leaves[other] = leaves[other], leaves[one]
        attacker.tree(leaves)
        faults = log.report().faults
        # There is a checkpoint after each event: the first that does not fit is that of the first of the two.
        assert [(f.kind, f.first, f.last) for f in faults] == [("root", one, one)], (one, other)
        attacker.restore()


def test_pairs_of_events_that_changed_contents(attacker):
    """All columns but the id exchanged, hashes too: what happened is told of another time and place."""
    log = attacker.log
    columns = [name for name in ALL if name not in ("id", "municipality_id")]
    assign = ", ".join(f"{name} = f.{name}" for name in columns)
    for one, other in _pairs():
        ids = [attacker.events[one].id, attacker.events[other].id]
        attacker.execute(
            f"UPDATE audit.event e SET {assign} FROM kept.event f WHERE e.municipality_id = %s"
            " AND f.municipality_id = e.municipality_id"
            " AND ((e.id = %s AND f.id = %s) OR (e.id = %s AND f.id = %s))",
            [log.municipality_id, ids[0], ids[1], ids[1], ids[0]],
        )
        assert _named(log.report()) == {str(one) for one in ids}
        attacker.restore()


def test_every_cell_of_the_sequence(attacker):
    """A number is an event's place; whatever is done to one, an event or a range of numbers is named."""
    dice, log, tried = random.Random(6), attacker.log, 0
    columns = ("municipality_id", "seq", "event_id", "leaf_hash")
    rows = sorted(
        (
            row
            for row in attacker.rows("sequence", columns)
            if row["municipality_id"] == log.municipality_id
        ),
        key=lambda row: row["seq"],
    )
    for place, row in enumerate(rows):
        for column in columns:
            values = [None, _flipped(row[column], dice)]
            if column != "municipality_id":
                values.append(_others(rows, place, column))
            for value in values:
                attacker.set("sequence", column, value, {"municipality_id": log.municipality_id, "seq": place})  # fmt: skip
                report = log.report()
                around = [
                    fault
                    for fault in report.faults
                    if fault.event_id == str(row["event_id"])
                    or (fault.first is not None and fault.first <= place <= (fault.last or 0))
                ]
                assert around, (place, column, value, report.faults)
                tried += 1
                attacker.restore()
    assert tried == len(rows) * 11


def test_every_bit_of_the_recorded_tree(attacker):
    log = attacker.log
    own = {"municipality_id": log.municipality_id}
    (row,) = [
        row
        for row in attacker.rows("tree", ("municipality_id", "size", "frontier"))
        if row["municipality_id"] == log.municipality_id
    ]
    frontier = row["frontier"]
    changes: list[tuple[str, Any]] = [("size", row["size"] ^ 1 << bit) for bit in range(6)]
    changes += [
        ("frontier", frontier[:at] + bytes([frontier[at] ^ 1 << at % 8]) + frontier[at + 1 :])
        for at in range(len(frontier))
    ]
    changes += [("size", None), ("frontier", None), ("frontier", b""), ("frontier", frontier[:32])]
    for column, value in changes:
        attacker.set("tree", column, value, own)
        assert [fault.kind for fault in log.report().faults] == ["tree"], (column, value)
        attacker.restore()


def test_every_cell_of_the_queue(attacker):
    dice, log = random.Random(7), attacker.log
    own = {"municipality_id": log.municipality_id}
    (waiting,) = log.write(1)
    attacker.execute("CREATE TABLE kept.waiting AS TABLE audit.unsequenced")
    columns = ("municipality_id", "event_id", "occurred_at", "leaf_hash")
    (row,) = [row for row in attacker.rows("waiting", columns) if row["event_id"] == waiting.id]
    for column in columns:
        for value in (None, _flipped(row[column], dice)):
            attacker.set("unsequenced", column, value, own | {"event_id": waiting.id})
            faults = log.report().faults
            assert str(waiting.id) in {fault.event_id for fault in faults}, (column, value, faults)
            attacker.execute("DELETE FROM audit.unsequenced")
            attacker.execute("INSERT INTO audit.unsequenced SELECT * FROM kept.waiting")
    assert log.report().faults == []
    attacker.execute("DELETE FROM audit.unsequenced WHERE event_id = %s", [waiting.id])
    (fault,) = log.report().faults
    assert (fault.kind, fault.event_id) == ("stranger", str(waiting.id))


def test_bytes_of_the_checkpoints(attacker):
    """Whatever byte of the file is changed, a checkpoint is refused; only the line that tells the time may be lost."""
    log = attacker.log
    data = log.file.read_bytes()
    dice = random.Random(9)
    lost = 0
    for at in sorted(dice.sample(range(len(data)), 150)):
        changed = bytearray(data)
        changed[at] ^= 1 << dice.randrange(7)
        log.file.write_bytes(changed)
        report = log.report()
        if not report.faults:
            lost += 1
            assert report.checkpoint is not None
            assert (report.checkpoint.size, report.checkpoint.root) == (ROWS, report.root)
            line = data[: at + 1].count(b"\n")
            assert data.split(b"\n")[line].startswith("— ".encode())
    assert lost < 50


@pytest.mark.parametrize("keep", range(ROWS))
def test_a_tail_cut_at_any_place_or_a_database_rolled_back_to_it(attacker, keep):
    """Events, numbers, queue and tree all as they once were: what is gone is named as a range of numbers."""
    log = attacker.log
    gone = [event.id for event in attacker.events[keep:]]
    attacker.execute("DELETE FROM audit.event WHERE id = ANY(%s)", [gone])
    attacker.execute("DELETE FROM audit.sequence WHERE event_id = ANY(%s)", [gone])
    if keep:
        attacker.tree([leaf_hash(event) for event in attacker.events[:keep]])
    else:
        attacker.execute("DELETE FROM audit.tree WHERE municipality_id = %s", [log.municipality_id])
    (fault,) = log.report().faults
    assert (fault.kind, fault.first, fault.last) == ("cut", keep, ROWS - 1)
    # Grown over again with other events: from there on, no number is what it was.
    log.write(ROWS - keep)
    attacker.execute("DELETE FROM audit.unsequenced")
    fresh = attacker.execute(
        "SELECT id, leaf_hash FROM audit.event e WHERE municipality_id = %s AND NOT EXISTS"
        " (SELECT FROM audit.sequence s WHERE s.event_id = e.id) ORDER BY occurred_at",
        [log.municipality_id],
    ).fetchall()
    for number, (event_id, leaf) in enumerate(fresh, start=keep):
        attacker.execute(
            "INSERT INTO audit.sequence (municipality_id, seq, event_id, leaf_hash) VALUES (%s, %s, %s, %s)",
            [log.municipality_id, number, event_id, leaf],
        )
    kept = [leaf_hash(event) for event in attacker.events[:keep]]
    attacker.tree([*kept, *(leaf for _event, leaf in fresh)])
    if not keep:
        attacker.execute("INSERT INTO audit.tree SELECT * FROM kept.tree WHERE municipality_id = %s", [log.municipality_id])  # fmt: skip
        attacker.tree([leaf for _event, leaf in fresh])
    faults = log.report().faults
    assert [(fault.kind, fault.first, fault.last) for fault in faults] == [("root", keep, keep)]


def test_every_partition_emptied(attacker):
    log = attacker.log
    partitions = [
        name
        for (name,) in attacker.execute(
            "SELECT DISTINCT tableoid::regclass::text FROM audit.event WHERE municipality_id = %s",
            [log.municipality_id],
        ).fetchall()
    ]
    for name in partitions:
        inside = {
            str(row[0])
            for row in attacker.execute(
                f"SELECT id FROM {name} WHERE municipality_id = %s", [log.municipality_id]
            ).fetchall()
        }
        attacker.execute(f"TRUNCATE {name}")
        report = log.report()
        assert _named(report) == inside
        assert {fault.kind for fault in report.faults} == {"missing"}
        attacker.restore()
