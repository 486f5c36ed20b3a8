"""The policy table: complete, closed by default, and the sentences the law asks of it."""

from __future__ import annotations

import itertools
import tomllib

import pytest

from access.models import Role
from access.policy import TABLE, Action, PolicyError, compile_policy, policy
from access.protection import protected_models, protection_of

CONTENT = {
    "draft", "concern_text", "identity", "consent", "conversation", "follow_up", "summary", "release",
}  # fmt: skip


def cells() -> list[tuple[Role, str, str, Action]]:
    table = policy()
    return list(itertools.product(Role, table.relations, table.groups, Action))


def permitted() -> list[tuple[Role, str, str, Action]]:
    return [cell for cell in cells() if policy().permits(*cell)]


def test_every_cell_answers_and_most_are_closed() -> None:
    assert len(cells()) > 5_000
    assert 0 < len(permitted()) < len(cells()) / 10


def test_a_role_relation_or_group_that_is_not_written_is_closed() -> None:
    for unknown in (("superuser", "assigned", "case"), ("coordinator", "friend", "case"), ("coordinator", "assigned", "everything")):  # fmt: skip
        assert not any(policy().permits(*unknown, action) for action in Action)


def test_the_administrator_is_given_nothing_whatever_the_table_grants() -> None:
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    table["administrator"] = {"assigned": {"case": ["list", "read"], "identity": ["read"]}}
    widened = compile_policy(table)
    assert not any(widened.permits("administrator", r, g, a) for r in widened.relations for g in widened.groups for a in Action)  # fmt: skip


def test_the_log_reviewer_never_reads_content() -> None:
    assert not [c for c in permitted() if c[0] is Role.LOG_REVIEWER and c[2] in CONTENT]


def test_content_is_read_only_through_a_relation_to_the_row() -> None:
    """Never by role alone: `joint` and `reviewer` open no content."""
    assert not [c for c in permitted() if c[1] in {"joint", "reviewer"} and c[2] in CONTENT]


def test_the_manager_sees_that_something_is_late_but_not_what_it_says() -> None:
    as_manager = {c[2] for c in permitted() if c[0] is Role.MANAGER and c[1] == "unit_manager" and c[3] is Action.READ}  # fmt: skip
    assert as_manager & CONTENT <= {"summary"}


def test_whoever_reads_a_head_group_may_also_list_it() -> None:
    """Read ⊆ list: nobody can read what does not exist for them."""
    heads = {protection_of(model).head for model in protected_models()}
    for role, relation, group, action in permitted():
        if action is Action.READ and group in heads:
            assert policy().permits(role, relation, group, Action.LIST), (role, relation, group)


def test_forbid_beats_permit() -> None:
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    table["forbid"]["coordinator"] = {"spares": ["case"]}
    assert not compile_policy(table).permits("coordinator", "assigned", "identity", Action.READ)
    assert policy().permits("coordinator", "assigned", "identity", Action.READ)


@pytest.mark.parametrize(
    ("place", "row"),
    [
        ("caretaker", {"assigned": {"case": ["list"]}}),
        ("coordinator", {"neighbour": {"case": ["list"]}}),
        ("coordinator", {"assigned": {"secrets": ["list"]}}),
    ],
)
def test_a_word_the_table_does_not_know_is_an_error_not_a_grant(
    place: str, row: dict[str, dict[str, list[str]]]
) -> None:
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    table[place] = row
    with pytest.raises(PolicyError):
        compile_policy(table)


def test_every_sealed_field_has_a_field_group_of_the_table() -> None:
    for model in protected_models():
        protection = protection_of(model)
        assert {protection.head, *protection.sealed} <= set(policy().groups), model
        assert set(protection.relations) <= set(policy().relations), model
