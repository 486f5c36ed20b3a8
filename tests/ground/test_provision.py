"""Roles, database and schemas: no role can more than it must, and provisioning twice changes nothing."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from sspf import local
from sspf.provision import ROLES, SCHEMAS, provision


@pytest.fixture
def database(superuser_conninfo: str) -> Iterator[str]:
    name = f"sspf_test_provision_{uuid4().hex[:8]}"
    provision(superuser_conninfo, name, local.ensure().passwords)
    provision(superuser_conninfo, name, local.ensure().passwords)
    yield name
    with psycopg.connect(superuser_conninfo, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def as_role(superuser_conninfo: str, database: str, role: str) -> psycopg.Connection:
    return psycopg.connect(
        superuser_conninfo,
        dbname=database,
        user=f"sspf_{role}",
        password=local.ensure().passwords[role],
        autocommit=True,
    )


@pytest.mark.parametrize("role", ROLES)
def test_no_role_is_more_than_a_login(superuser_conninfo: str, database: str, role: str):
    with as_role(superuser_conninfo, database, role) as connection:
        rights = connection.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolinherit, rolcanlogin "
            "FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert rights == (False, False, False, False, False, False, True)


@pytest.mark.parametrize("role", [role for role in ROLES if role != "owner"])
def test_only_the_owner_can_make_anything(superuser_conninfo: str, database: str, role: str):
    with as_role(superuser_conninfo, database, role) as connection:
        for schema in SCHEMAS:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(
                    sql.SQL("CREATE TABLE {}.attempt ()").format(sql.Identifier(schema))
                )
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TEMPORARY TABLE attempt ()")


def test_the_owner_can_make_tables_in_every_schema(superuser_conninfo: str, database: str):
    with as_role(superuser_conninfo, database, "owner") as connection:
        for schema in SCHEMAS:
            connection.execute(sql.SQL("CREATE TABLE {}.made ()").format(sql.Identifier(schema)))
    with as_role(superuser_conninfo, database, "web") as connection:
        for schema in SCHEMAS:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(sql.SQL("SELECT FROM {}.made").format(sql.Identifier(schema)))


def test_a_missing_password_is_refused(superuser_conninfo: str):
    with pytest.raises(ValueError, match="backup"):
        provision(
            superuser_conninfo, "sspf_never_made", {role: "x" for role in ROLES if role != "backup"}
        )


def test_a_wrong_password_opens_nothing(superuser_conninfo: str, database: str):
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(superuser_conninfo, dbname=database, user="sspf_web", password="guessed")
