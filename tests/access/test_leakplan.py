"""What the database gives away without keys is signed off, column by column, and the gate finds what is not."""

from __future__ import annotations

import dataclasses
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from access import leakplan
from access.leakplan import Plan, PlanError, faults, lines, plan, read_plan
from sspf import checks


def changed(table: str, **columns: tuple[str, str] | None) -> Plan:
    """The plan with lines of one table added, or taken away where None is given."""
    now = plan()
    wanted = now.tables.get(table, {}) | columns
    kept = {name: line for name, line in wanted.items() if line is not None}
    return dataclasses.replace(now, tables=now.tables | {table: kept})


def new_faults(of: Plan) -> list[str]:
    """The faults that the changed plan has and the real one has not."""
    return sorted(set(faults(of)) - set(faults(plan())))


def test_every_column_and_index_is_signed_off() -> None:
    assert faults(plan()) == []


def test_a_column_that_nobody_signed_off_is_a_fault() -> None:
    assert new_faults(changed("cases_case", stage=None)) == [
        "cases_case.stage: nobody signed off what it gives away"
    ]


def test_a_sealed_column_that_may_be_null_needs_a_line_and_another_may_have_none() -> None:
    assert new_faults(changed("access_logreviewitem", note=None)) == [
        "access_logreviewitem.note: nobody signed off that NULL tells whether it is filled"
    ]
    assert new_faults(changed("cases_person", name=("sealed", "x"))) == [
        "cases_person.name: sealed and not nullable, so there is nothing to sign off"
    ]


def test_a_line_without_its_column_or_table_is_a_fault() -> None:
    assert new_faults(changed("cases_case", gone=("code", "x"))) == [
        "cases_case.gone: signed off, but not there"
    ]
    assert new_faults(changed("cases_gone")) == ["cases_gone: signed off, but no such table"]


def test_a_table_that_nobody_knows_is_a_fault_in_every_column() -> None:
    without = {name: rows for name, rows in plan().tables.items() if name != "cases_matchtask"}
    found = new_faults(dataclasses.replace(plan(), tables=without))
    assert len(found) == 5
    assert all(fault.startswith("cases_matchtask.") for fault in found)


def test_an_index_that_nobody_signed_off_or_that_is_gone_is_a_fault() -> None:
    without = dataclasses.replace(plan(), indexes=plan().indexes | {"cases_personidentifier": {}})
    (fault,) = new_faults(without)
    assert fault.endswith("the index “identifier_once_per_agency” on municipality, agency, index")
    extra = plan().indexes | {"cases_person": {"person_by_protection": "x"}}
    assert new_faults(dataclasses.replace(plan(), indexes=extra)) == [
        "cases_person: the index “person_by_protection” is signed off, but not there"
    ]


@pytest.mark.parametrize("line", ["", "code", "code:", "code: ", "harmless: nothing", "nothing"])
def test_a_line_needs_a_kind_of_the_list_and_a_reason(line: str) -> None:
    text = leakplan.PLAN.read_text(encoding="utf-8")
    with pytest.raises(PlanError, match=r"cases_x\.y"):
        read_plan(f'{text}\n[table.cases_x]\ny = "{line}"\n')


def test_no_free_text_of_the_case_work_is_in_plain_text() -> None:
    """A long text column in `cases` is the name of a member of staff or of an agency, or it is sealed."""
    long = {
        (model._meta.db_table, str(field.column))
        for model in apps.get_app_config("cases").get_models()
        for field in model._meta.local_concrete_fields
        if (getattr(field, "max_length", None) or 0) > 60
        or field.get_internal_type() == "TextField"
    }
    kinds = {(line.column.table, line.column.name): line.kind for line in lines(plan())}
    assert long
    names = {name for name in long if kinds[name] in {"staff", "telling"}}
    assert {name for name in long - names if kinds[name] != "sealed"} == set()
    assert all(column.endswith(("_name", "_names", "contact")) for _table, column in names)


def ask(sql: str) -> set[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return set(cursor.fetchall())


OURS = "n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND NOT c.relispartition"
TABLE = "CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname"


def test_the_database_has_no_table_or_column_that_the_plan_does_not_know(db: None) -> None:
    there = ask(
        f"SELECT {TABLE}, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
        f" JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OURS} AND c.relkind IN ('r', 'p')"
        " AND a.attnum > 0 AND NOT a.attisdropped"
    )
    left_out = plan().left_out.keys()
    planned = {(line.column.table, line.column.name) for line in lines(plan())}
    assert {cell for cell in there if cell[0] not in left_out} == planned
    assert left_out <= {table for table, _column in there}


def test_the_database_has_no_index_that_the_plan_does_not_know(db: None) -> None:
    """Of the tables that have models. Primary and foreign keys have their own; every partition table has (place, id)."""
    there = ask(
        "SELECT c.relname, i.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid"
        " JOIN pg_class c ON c.oid = x.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND NOT x.indisprimary AND NOT EXISTS (SELECT FROM pg_constraint k"
        " WHERE k.contype = 'f' AND k.conrelid = x.indrelid AND k.conkey[1] = x.indkey[0]"
        " AND array_length(k.conkey, 1) = 1 AND x.indnatts = 1)"
    )
    signed = {name for of in plan().indexes.values() for name in of if not name.startswith("on ")}
    of_columns = {
        table + "_" + name.removeprefix("on ").split(", ")[0]
        for table, of in plan().indexes.items()
        for name in of
        if name.startswith("on ")
    }
    unknown = {
        (table, name)
        for table, name in there
        if table not in plan().left_out
        and name not in signed
        and not name.endswith(("_place", "_like"))
        and not any(name.startswith(start) for start in of_columns)
    }
    assert unknown == set()


def test_the_command_prints_every_column_and_the_totals() -> None:
    told = StringIO()
    call_command("leakplan", stdout=told)
    text = told.getvalue()
    for line in lines(plan()):
        assert line.column.name in text
    sealed = sum(line.column.sealed for line in lines(plan()))
    assert f"{len(lines(plan()))} columns: {sealed} sealed" in text


def test_the_command_fails_and_names_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = changed("cases_person", protection=None)
    monkeypatch.setattr("access.management.commands.leakplan.plan", lambda: wrong)
    with pytest.raises(CommandError, match=r"cases_person\.protection: nobody signed off"):
        call_command("leakplan", "--quiet", stdout=StringIO())


def test_it_is_one_of_the_gates() -> None:
    assert any("leakplan" in gate.command for gate in checks._gates())
