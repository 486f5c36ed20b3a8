"""The rotator's role: every sealed cell, one partition at a time, and nothing else; nobody else can do its work."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import connection

from crypto.fields import SealedField
from crypto.rotation.cells import sealed_tables
from tests.audit.conftest import connect
from tests.cases import steps
from tests.cast import Cast

ROTATOR = "sspf_rotator"
# What the rotator needs besides sealed cells.
BESIDES = {
    ("keys.municipality_key", "UPDATE"): {"provider", "wrapped", "destroyed_at"},
    ("keys.data_key", "UPDATE"): {"municipality_key_id", "wrapped", "destroyed_at"},
    ("keys.platform_key", "UPDATE"): {"provider", "wrapped", "destroyed_at"},
    ("mfa_authenticator", "UPDATE"): {"data"},
    ("mfa_authenticator", "SELECT"): {"id", "type", "data"},
    ("access_municipality", "SELECT"): {"id", "code", "name"},
    ("access_agency", "SELECT"): {"id", "municipality_id", "name"},
}
WHOLE = {
    "keys.municipality_key": {"SELECT", "INSERT"},
    "keys.data_key": {"SELECT", "INSERT"},
    "keys.platform_key": {"SELECT", "INSERT"},
    "keys.rotation": {"SELECT", "INSERT", "UPDATE"},
    "audit.event": {"INSERT"},
}
CELLS = {table.name: set(table.uids) | set(table.indexes.values()) for table in sealed_tables()}


def rights(role: str) -> tuple[dict[str, set[str]], dict[tuple[str, str], set[str]]]:
    """Table → rights on all of it, and (table, right) → single columns, as PostgreSQL keeps them."""
    whole: dict[str, set[str]] = {}
    columns: dict[tuple[str, str], set[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.oid::regclass::text, a.privilege_type FROM pg_class c, aclexplode(c.relacl) a"
            " WHERE c.relkind IN ('r', 'p', 'S', 'v') AND a.grantee = %s::regrole",
            [role],
        )
        for table, right in cursor.fetchall():
            whole.setdefault(table, set()).add(right)
        cursor.execute(
            "SELECT t.attrelid::regclass::text, a.privilege_type, t.attname"
            " FROM pg_attribute t, aclexplode(t.attacl) a WHERE a.grantee = %s::regrole",
            [role],
        )
        for table, right, column in cursor.fetchall():
            columns.setdefault((table, right), set()).add(column)
    return whole, columns


def test_every_sealed_cell_can_be_rotated_and_nothing_else(db: None):
    fields = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, SealedField)
    }
    assert {(table, column) for table, held in CELLS.items() for column in held} >= fields
    whole, columns = rights(ROTATOR)
    assert whole == WHOLE
    expected: dict[tuple[str, str], set[str]] = dict(BESIDES)
    for table, cells in CELLS.items():
        # A table that is missing here needs a line `rotatable(…)` in its migration (access.partition_sql).
        expected[table, "UPDATE"] = cells
        expected[table, "SELECT"] = {"id", "municipality_id", "agency_id", *cells}
    expected["audit.unsequenced", "INSERT"] = {
        *("municipality_id", "event_id", "occurred_at", "leaf_hash")
    }
    assert columns == expected


@pytest.mark.parametrize("role", ["sspf_web", "sspf_worker"])
def test_web_and_worker_can_replace_no_key(role: str, db: None):
    whole, columns = rights(role)
    assert whole["keys.municipality_key"] == {"SELECT", "INSERT"}
    assert whole["keys.platform_key"] == {"SELECT", "INSERT"}
    assert columns["keys.data_key", "UPDATE"] == {"wrapped", "destroyed_at"}
    assert "keys.rotation" not in whole
    assert not [
        table for table, _right in columns if table in ("keys.municipality_key", "keys.rotation")
    ]


@pytest.fixture
def rotator(committed_cast: Cast) -> Any:
    steps.tell(committed_cast.client("larare"))
    with connect("rotator") as opened:
        yield opened


def enter(opened: psycopg.Connection[Any], municipality: object, agency: object) -> None:
    opened.execute(
        "SELECT set_config('sspf.municipality', %s, true), set_config('sspf.agency', %s, true)",
        [str(municipality), str(agency)],
    )


def test_it_reaches_one_partition_at_a_time(rotator: psycopg.Connection[Any], committed_cast: Cast):
    coordinator = committed_cast.actor("koordinator")
    police = committed_cast.actor("polis", code="1495")
    with pytest.raises(psycopg.errors.UndefinedObject), rotator.transaction():
        rotator.execute("SELECT id FROM cases_concern")
    count = "SELECT count(id) FROM cases_concern"
    with rotator.transaction():
        enter(rotator, coordinator.municipality_id, coordinator.agency_id)
        assert rotator.execute(count).fetchone() == (1,)
        enter(rotator, police.municipality_id, police.agency_id)
        assert rotator.execute(count).fetchone() == (0,)
        changed = rotator.execute("UPDATE cases_concern SET seen = seen")
        assert changed.rowcount == 0


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT state FROM cases_concern",
        "UPDATE cases_concern SET state = 'taken'",
        "DELETE FROM cases_concern",
        "SELECT * FROM cases_case",
        "SELECT email FROM access_user",
        "SELECT session_data FROM django_session",
        "SELECT * FROM audit.event",
        "DELETE FROM keys.data_key",
        "UPDATE keys.data_key SET scope = 'case'",
        "DELETE FROM keys.rotation",
    ],
)
def test_what_it_may_not(rotator: psycopg.Connection[Any], committed_cast: Cast, statement: str):
    actor = committed_cast.actor("koordinator")
    enter(rotator, actor.municipality_id, actor.agency_id)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        rotator.execute(statement)


@pytest.mark.parametrize("table", ["municipality_key", "platform_key", "data_key"])
def test_a_replaced_key_stays_destroyed(
    rotator: psycopg.Connection[Any], committed_cast: Cast, table: str
):
    actor = committed_cast.actor("koordinator")
    enter(rotator, actor.municipality_id, actor.agency_id)
    rotator.execute(
        "INSERT INTO keys.platform_key (id, version, provider, wrapped)"
        " VALUES (gen_random_uuid(), 99, 'local', 'x')"
    )
    rotator.execute(f"UPDATE keys.{table} SET wrapped = NULL, destroyed_at = now()")
    with pytest.raises(psycopg.errors.RaiseException, match="stays destroyed"):
        rotator.execute(f"UPDATE keys.{table} SET wrapped = 'x', destroyed_at = NULL")
