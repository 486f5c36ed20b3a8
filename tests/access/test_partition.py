"""The database's own line of defence, asked as the web role."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction
from django.db.utils import DatabaseError, ProgrammingError

from access.models import PartitionModel
from access.request_transaction import set_partition, work
from cases.models import Assignment, Case, Concern
from tests.cases import steps
from tests.cast import Cast

# Tables outside the partitions, and why each may be.
OPEN_TABLES = {
    "access_municipality": "directory",
    "access_agency": "directory",
    "access_unit": "directory",
    "access_user": "sign-in happens before there is a partition",
    "access_membership": "chosen before there is a partition",
    "account_emailaddress": "allauth",
    "account_emailconfirmation": "allauth, unused",
    "auth_group": "Django, unused",
    "auth_group_permissions": "Django, unused",
    "auth_permission": "Django, unused",
    "django_content_type": "Django",
    "django_migrations": "Django",
    "mfa_authenticator": "second factors, sealed",
}
ROLES = ("sspf_web", "sspf_worker")


def partition_models() -> list[type[models.Model]]:
    return [m for m in apps.get_models() if issubclass(m, PartitionModel)]


def test_tests_connect_as_the_web_role(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == ("sspf_web", False, False)


def test_every_table_is_forced_under_row_security_or_on_the_short_list(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')"
            " AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"
        )
        unguarded = {name for (name,) in cursor.fetchall()}
    assert unguarded == set(OPEN_TABLES)


def test_no_backup_holds_a_session_or_a_sign_in_count(
    committed_cast: Cast, superuser: psycopg.Connection
) -> None:
    """The backup role must be able to lock every table, so it may read these, and sees no row."""
    committed_cast.client("larare")
    superuser.execute("INSERT INTO access_throttle VALUES ('a', '1', now())")
    for table in ("django_session", "access_throttle"):
        (there,) = superuser.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,)
        assert there > 0
        superuser.execute("SET ROLE sspf_backup")
        assert superuser.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
        superuser.execute("RESET ROLE")


def test_the_web_role_owns_nothing_and_cannot_truncate(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner"
            " WHERE r.rolname = ANY(%s)",
            [list(ROLES)],
        )
        assert cursor.fetchone() == (0,)
        cursor.execute(
            "SELECT count(*) FROM information_schema.role_table_grants"
            " WHERE grantee = ANY(%s) AND privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER')",
            [list(ROLES)],
        )
        assert cursor.fetchone() == (0,)


def test_without_a_partition_every_seeded_table_is_an_error(superuser: psycopg.Connection) -> None:
    """Asked on a connection that has been used before: the setting is then empty, not unknown."""
    call_command("seed_demo", stdout=StringIO())
    seeded = [
        table
        for table in sorted(model._meta.db_table for model in partition_models())
        if superuser.execute(f"SELECT EXISTS (SELECT FROM {table})").fetchone() == (True,)
    ]
    assert len(seeded) >= 25
    opened = []
    for table in seeded:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM {table}")
                opened.append(table)
        except DatabaseError:
            continue
    assert opened == []


def test_another_agency_sees_no_row_and_changes_none(cast: Cast) -> None:
    steps.released(cast)
    for who in ("larare", "polis", "fritidsledare", "gotene-koordinator"):
        set_partition(cast.actor(who))
        assert not Case.objects.exists()
        assert not Concern.objects.exists()
        assert Case.objects.update(stage="closed") == 0


def test_a_row_can_be_put_into_another_agency_but_not_another_municipality(cast: Cast) -> None:
    steps.tell(cast.client("larare"))
    teacher, elsewhere = cast.actor("larare"), cast.actor("gotene-koordinator")
    set_partition(teacher)
    with pytest.raises(ProgrammingError), transaction.atomic():
        Case.objects.create(
            id=uuid4(),
            municipality_id=elsewhere.municipality_id,
            agency_id=elsewhere.agency_id,
            number="S26-AAAAA",
            person_id=uuid4(),
            opened_at="2026-11-21T10:00Z",
        )


def test_no_reference_crosses_a_partition(cast: Cast) -> None:
    steps.released(cast)
    coordinator, officer = cast.actor("koordinator"), cast.membership("polis")

    def put_the_officer_on_the_case() -> None:
        Assignment.objects.create(
            municipality_id=coordinator.municipality_id,
            agency_id=coordinator.agency_id,
            case=Case.objects.get(),
            membership=officer,
            starts_on="2026-01-01",
            ends_on="2026-12-31",
        )
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError), transaction.atomic(), work(coordinator):
        put_the_officer_on_the_case()


def foreign_keys_between_partitions() -> Iterator[tuple[type[models.Model], Any]]:
    for model in partition_models():
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey) and issubclass(
                field.related_model, PartitionModel
            ):
                yield model, field


def test_every_foreign_key_between_partition_tables_names_the_partition_too(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE contype = 'f'")
        constraints = {name for (name,) in cursor.fetchall()}
    for model, field in foreign_keys_between_partitions():
        assert f"{model._meta.db_table}_{field.column}_same_place" in constraints, (model, field)


def test_no_foreign_key_goes_up_the_rooms_or_between_cases_and_safety() -> None:
    order = ["crypto", "audit", "access", "reminders", "cases", "safety"]
    for model in apps.get_models():
        if model._meta.app_label not in order:
            continue
        for field in model._meta.get_fields():
            if not isinstance(field, models.ForeignKey):
                continue
            target = field.related_model._meta.app_label
            if target not in order:
                continue
            here, there = model._meta.app_label, target
            assert order.index(there) <= order.index(here), (model, field)
            assert (here, there) != ("safety", "cases"), (model, field)


def test_every_unique_constraint_of_a_partition_table_includes_the_partition() -> None:
    for model in partition_models():
        # What holds no person is joint: readable by every agency of the municipality.
        place = (
            {"municipality"} if model._meta.app_label == "safety" else {"municipality", "agency"}
        )
        for constraint in model._meta.constraints:
            if isinstance(constraint, models.UniqueConstraint):
                assert place <= set(constraint.fields), constraint
        for field in model._meta.local_fields:
            if field.unique and not field.primary_key:
                assert isinstance(field, models.OneToOneField), (model, field)


def test_no_runtime_role_can_read_the_backup_side(superuser: psycopg.Connection) -> None:
    rows = superuser.execute(
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'sspf_%' AND (rolsuper OR rolbypassrls)"
    ).fetchall()
    assert rows == []
