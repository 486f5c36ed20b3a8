"""Accepting a restore is for restores: what was tampered with is not made lawful by saying so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from audit.auditctl import Tree, notes_in
from audit.restored import NotARestore, accept, behind
from tests.audit.conftest import Log, as_role

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


def cut(log: Log, past_the_triggers: Callable[..., Any], keep: int) -> None:
    """What a restore to an earlier time leaves: the first events, and a tree of that size."""
    tree = Tree()
    leaves = past_the_triggers(
        "SELECT leaf_hash FROM audit.sequence WHERE municipality_id = %s ORDER BY seq LIMIT %s",
        [log.municipality_id, keep],
    ).fetchall()
    for (leaf,) in leaves:
        tree.append(bytes(leaf))
    past_the_triggers(
        "DELETE FROM audit.event e USING audit.sequence s WHERE s.municipality_id = %s"
        " AND e.municipality_id = s.municipality_id AND e.id = s.event_id AND s.seq >= %s",
        [log.municipality_id, keep],
    )
    past_the_triggers(
        "DELETE FROM audit.sequence WHERE municipality_id = %s AND seq >= %s",
        [log.municipality_id, keep],
    )
    past_the_triggers(
        "UPDATE audit.tree SET size = %s, frontier = %s WHERE municipality_id = %s",
        [tree.size, tree.frontier(), log.municipality_id],
    )


def say_so(log: Log) -> Path:
    with as_role("sequencer"):
        (one,) = behind(log.folder, log.signer.public_key)
        return accept(one, log.folder, log.signer, NOW)


def test_a_log_that_was_cut_without_a_restore_is_not_accepted(
    log: Log, past_the_triggers: Callable[..., Any]
) -> None:
    log.grow(5)
    cut(log, past_the_triggers, 3)
    before = log.file.read_bytes()
    with pytest.raises(NotARestore, match="no restore was noted"):
        say_so(log)
    assert log.file.read_bytes() == before


def test_another_history_is_not_accepted_though_a_restore_was_noted(
    log: Log, past_the_triggers: Callable[..., Any]
) -> None:
    log.grow(5)
    cut(log, past_the_triggers, 3)
    past_the_triggers(
        "UPDATE audit.tree SET frontier = decode(repeat('ab', 64), 'hex') WHERE municipality_id = %s",
        [log.municipality_id],
    )
    log.write(action="log.restore")
    before = log.file.read_bytes()
    with pytest.raises(NotARestore, match="not the one that was signed"):
        say_so(log)
    assert log.file.read_bytes() == before
    assert [path.name for path in log.folder.glob("*.restored")] == []


def test_what_is_accepted_keeps_every_checkpoint_of_what_is_left(
    log: Log, past_the_triggers: Callable[..., Any]
) -> None:
    log.grow(5)
    cut(log, past_the_triggers, 3)
    log.write(action="log.restore")
    whole = log.file.read_text(encoding="utf-8")
    aside = say_so(log)
    assert aside.read_text(encoding="utf-8") == whole
    assert notes_in(log.file.read_text(encoding="utf-8")) == notes_in(whole)[:3]
    assert log.kinds() == []
    log.sequence()
    log.grow(2)
    assert log.kinds() == []
    assert log.report().events == 6


def test_a_log_that_is_not_behind_is_left_alone(log: Log) -> None:
    log.grow(2)
    with as_role("sequencer"):
        assert behind(log.folder, log.signer.public_key) == []
