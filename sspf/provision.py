"""Roles, database and schemas, made by a superuser once and again: running it twice changes nothing."""

import sys
from collections.abc import Mapping

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sspf import env

ROLES = ("owner", "web", "worker", "sequencer", "rotator", "backup")
SCHEMAS = ("public", "keys", "audit")
_LOCK = 0x55B0F


def provision(superuser_conninfo: str, dbname: str, passwords: Mapping[str, str]) -> None:
    """Create or correct the roles sspf_<role>, the database and its schemas (design D10).

    `passwords` is by role without prefix ("owner", "web", …). PostgreSQL 15 and later.
    """
    missing = [role for role in ROLES if not passwords.get(role)]
    if missing:
        raise ValueError(f"No password for {', '.join(missing)}.")
    with psycopg.connect(superuser_conninfo, autocommit=True) as connection:
        # Roles belong to the whole cluster: two processes that alter the same row would fail.
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        for role in ROLES:
            _ensure_role(connection, role, passwords[role])
        ensure_database(connection, dbname)
    with psycopg.connect(superuser_conninfo, dbname=dbname, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        ensure_schemas(connection)


def _ensure_role(connection: psycopg.Connection, role: str, password: str) -> None:
    name = sql.Identifier(f"sspf_{role}")
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [f"sspf_{role}"])
    if known.fetchone() is None:
        connection.execute(sql.SQL("CREATE ROLE {}").format(name))
    connection.execute(
        sql.SQL(
            "ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS "
            "NOINHERIT PASSWORD {}"
        ).format(name, sql.Literal(password))
    )
    # Its questions are many and small: compiling one (34 ms where the answer takes 0.2) never pays.
    connection.execute(sql.SQL("ALTER ROLE {} SET jit = off").format(name))


def ensure_database(connection: psycopg.Connection, dbname: str) -> None:
    """Create the database unless it is there; nobody but our roles may connect."""
    name = sql.Identifier(dbname)
    known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [dbname])
    if known.fetchone() is None:
        connection.execute(
            sql.SQL(
                "CREATE DATABASE {} OWNER sspf_owner TEMPLATE template0 ENCODING 'UTF8'"
            ).format(name)
        )
    connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO sspf_owner").format(name))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, _every_role()))


def ensure_schemas(connection: psycopg.Connection) -> None:
    """Create the schemas unless they are there; correct who owns and who may use them."""
    for schema in SCHEMAS:
        name = sql.Identifier(schema)
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(name))
        connection.execute(sql.SQL("ALTER SCHEMA {} OWNER TO sspf_owner").format(name))
        connection.execute(sql.SQL("REVOKE ALL ON SCHEMA {} FROM PUBLIC").format(name))
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(name, _every_role()))


def _every_role() -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(f"sspf_{role}") for role in ROLES)


def main() -> int:
    """Provision from the environment: what the one-shot service of docker-compose.yml runs before the migrations."""
    address = conninfo_to_dict(env.text("SSPF_DATABASE_URL"))
    superuser = make_conninfo(
        host=address["host"],
        port=address.get("port", 5432),
        user=env.text("SSPF_SUPERUSER", "postgres"),
        password=env.text("SSPF_SUPERUSER_PASSWORD"),
        dbname="postgres",
    )
    passwords = {role: env.text(f"SSPF_{role.upper()}_PASSWORD") for role in ROLES}
    provision(superuser, str(address["dbname"]), passwords)
    return 0


if __name__ == "__main__":
    sys.exit(main())
