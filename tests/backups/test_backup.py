"""A backup is whole, sealed and signed; a restore is the same database, or nothing at all."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from crypto.archive import Reader, open_archive, seal_archive
from crypto.signing import Signer
from sspf import local
from sspf.backups.folder import (
    CONTENT,
    KEYS,
    Manifest,
    context,
    name_of,
    read_backup,
    remove_old,
    write_manifest,
)
from sspf.backups.postgres import CannotDoIt, dump, tools_for
from tests.backups.conftest import Backups
from tests.cases import steps
from tests.cast import Cast

pytestmark = pytest.mark.slow


def schema_of(connection: psycopg.Connection) -> list[str]:
    """Everything the database is but its rows: tables, keys, grants, policies, triggers, functions."""
    tools = tools_for(connection.info.server_version)
    address = {"host": connection.info.host, "port": str(connection.info.port)}
    shown = subprocess.run(
        [tools / "pg_dump", "--schema-only", "-d", connection.info.dbname, "-U", "postgres"],
        env={
            "PGHOST": address["host"],
            "PGPORT": address["port"],
            "PGPASSWORD": connection.info.password,
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    ).stdout.splitlines()
    # A random word that psql asks for, another at each dump; casts, which are written otherwise each time; and
    # the roles of a policy, which stand in the order in which the server came to know them.
    return [
        re.sub(
            r"sspf_\w+(, sspf_\w+)+", _sorted, re.sub(r"::[a-z]+( varying)?(\[\])?|[()]", "", line)
        )
        for line in shown
        if not line.startswith(("\\restrict", "\\unrestrict"))
    ]


def rows_of(connection: psycopg.Connection, table: str) -> list[tuple[object, ...]]:
    return connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()


def _sorted(roles: re.Match[str]) -> str:
    return ", ".join(sorted(roles[0].split(", ")))


def test_what_is_restored_is_the_same_database(
    backups: Backups, committed_cast: Cast, superuser: psycopg.Connection
) -> None:
    case, _summary = steps.released(committed_cast)
    backups.sequence()
    name = backups.make()
    with backups.restored() as restored:
        assert schema_of(restored) == schema_of(superuser)
        for table in ("cases_concern", "cases_release", "keys.data_key", "audit.sequence"):
            assert rows_of(restored, table) == rows_of(superuser, table) != []
        assert rows_of(superuser, "django_session")
        assert rows_of(restored, "django_session") == []
        before, after = (
            c.execute("SELECT count(*) FROM audit.event WHERE action <> 'log.restore'").fetchone()
            for c in (superuser, restored)
        )
        assert before == after
        noted = restored.execute(
            "SELECT count(*), count(DISTINCT agency_id) FROM audit.event WHERE action = 'log.restore'"
        ).fetchone()
        agencies = restored.execute("SELECT count(*) FROM access_agency").fetchone()
        assert noted is not None
        assert agencies == (noted[0],) == (noted[1],)
    for part in ("content", "outside", "keys"):
        sealed = (backups.folder / name / f"{part}.sealed").read_bytes()
        for telling in (b"PGDMP", b"cases_concern", b"data_key", b"checkpoints", b"ustar"):
            assert telling not in sealed
    assert case.encode() not in (backups.folder / name / "manifest.json").read_bytes()


def test_the_keys_are_in_one_dump_only(backups: Backups, superuser: psycopg.Connection) -> None:
    manifest = json.loads((backups.folder / backups.make() / "manifest.json").read_bytes())
    assert set(manifest["parts"]) == {"content", "outside", "keys"}
    listed = {
        part: b"".join(
            dump(
                tools_for(superuser.info.server_version),
                as_backup(superuser),
                "--enable-row-security",
                option,
            )
        )
        for part, option in (("content", "--exclude-schema=keys"), ("keys", "--schema=keys"))
    }
    assert b"platform_key" in listed["keys"]
    assert b"cases_concern" not in listed["keys"]
    assert b"platform_key" not in listed["content"]


def as_backup(connection: psycopg.Connection) -> str:
    info = connection.info
    return (
        f"host={info.host} port={info.port} dbname={info.dbname} user=sspf_backup"
        f" password={local.ensure().passwords['backup']}"
    )


def test_the_backups_machine_needs_no_private_key_and_restoring_does(backups: Backups) -> None:
    backups.make(SSPF_BACKUP_CONTENT_KEY="", SSPF_BACKUP_KEYS_KEY="", SSPF_SUPERUSER_PASSWORD="")
    before = backups.databases()
    content_key = backups.environment["SSPF_BACKUP_CONTENT_KEY"]
    for changed, said in (
        ({"SSPF_BACKUP_KEYS_KEY": content_key}, "does not open"),
        ({"SSPF_BACKUP_CONTENT_KEY": ""}, "SSPF_BACKUP_CONTENT_KEY is not set"),
    ):
        done = backups.restore(**changed)
        assert done.returncode == 1
        assert said in done.stdout
    assert backups.databases() == before


def damaged(folder: Path, how: str) -> None:
    manifest = folder / "manifest.json"
    if how == "part":
        raw = bytearray((folder / "content.sealed").read_bytes())
        raw[-1] ^= 1
        (folder / "content.sealed").write_bytes(raw)
    elif how == "cut":
        whole = (folder / "keys.sealed").read_bytes()
        (folder / "keys.sealed").write_bytes(whole[:-100])
    elif how == "manifest":
        manifest.write_bytes(
            manifest.read_bytes().replace(b'"destroyed_keys": 0', b'"destroyed_keys": 1')
        )
    elif how == "signer":
        values = Manifest.from_bytes(manifest.read_bytes())
        for path in (manifest, folder / "manifest.sig"):
            path.unlink()
        write_manifest(folder, values, Signer(bytes(32)))
    elif how == "name":
        folder.rename(folder.with_name("20250101T000000Z"))


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("part", "content.sealed is not the file that was written"),
        ("cut", "keys.sealed is not the file that was written"),
        ("manifest", "is not signed"),
        ("signer", "is not signed"),
        ("name", "under another name"),
    ],
)
def test_a_backup_that_was_touched_is_not_restored(backups: Backups, how: str, said: str) -> None:
    name = backups.make()
    before = backups.databases()
    damaged(backups.folder / name, how)
    done = backups.restore()
    assert done.returncode == 1
    assert said in done.stdout
    assert backups.databases() == before


def test_a_part_that_is_exchanged_after_it_was_looked_at_is_not_read_to_its_end(
    backups: Backups,
) -> None:
    """Whoever has the public key can seal an archive of his own: what is restored is what was checked."""
    name = backups.make()
    key = base64.b64decode(backups.environment["SSPF_BACKUP_PUBLIC_KEY"])
    backup = read_backup(backups.folder / name, key)
    backup.demand_whole(CONTENT)
    reader = base64.b64decode(backups.environment["SSPF_BACKUP_CONTENT_READER"])
    forged = seal_archive(
        [b"DROP TABLE cases_case;"], reader=reader, context=context(name, CONTENT)
    )
    backup.path(CONTENT).write_bytes(b"".join(forged))
    own = Reader(base64.b64decode(backups.environment["SSPF_BACKUP_CONTENT_KEY"]))
    opened = open_archive(backup.pieces(CONTENT), reader=own, context=context(name, CONTENT))
    with pytest.raises(CannotDoIt, match="is not the file that was written"):
        next(opened)


def test_a_dump_that_is_not_whole_is_no_backup(
    backups: Backups, superuser: psycopg.Connection
) -> None:
    superuser.execute("REVOKE SELECT ON cases_concern FROM sspf_backup")
    done = backups.run("-m", "sspf.backups.make")
    assert done.returncode == 1
    assert "No backup was made" in done.stdout
    superuser.execute("GRANT SELECT ON cases_concern TO sspf_backup")
    assert list(backups.folder.iterdir()) == []


def test_a_partition_that_the_backup_role_cannot_see_is_told(
    backups: Backups, committed_cast: Cast, superuser: psycopg.Connection
) -> None:
    steps.tell(committed_cast.client("larare"))
    name = superuser.execute("SELECT tableoid::regclass::text FROM audit.event LIMIT 1").fetchone()
    assert name is not None
    superuser.execute(f"DROP POLICY backup ON {name[0]}")
    done = backups.run("-m", "sspf.backups.make")
    assert done.returncode == 1
    assert "every partition" in done.stdout


def test_a_count_that_differs_from_the_manifest_is_a_fault(
    backups: Backups, superuser: psycopg.Connection
) -> None:
    folder = backups.folder / backups.make()
    manifest = Manifest.from_bytes((folder / "manifest.json").read_bytes())
    manifest.tables["public.access_unit"] += 1
    for name in ("manifest.json", "manifest.sig"):
        (folder / name).unlink()
    write_manifest(folder, manifest, Signer(signing_seed(backups)))
    done = backups.restore()
    assert done.returncode == 1
    assert "FAULT public.access_unit" in done.stdout


def signing_seed(backups: Backups) -> bytes:
    return base64.b64decode(backups.environment["SSPF_BACKUP_SIGNING_KEY"])


def test_keys_are_kept_for_thirty_days_and_content_for_so_many_backups(tmp_path: Path) -> None:
    now = datetime(2026, 11, 22, 3, tzinfo=UTC)
    for days in (60, 31, 30, 2, 0):
        folder = tmp_path / name_of(now - timedelta(days=days))
        folder.mkdir()
        for part in ("content", KEYS):
            (folder / f"{part}.sealed").write_bytes(b"x")
    told = remove_old(tmp_path, now, keep=4, keys_days=30)
    left = {
        path.name: sorted(part.stem for part in path.iterdir())
        for path in sorted(tmp_path.iterdir())
    }
    assert left == {
        name_of(now - timedelta(days=31)): ["content"],
        **{name_of(now - timedelta(days=days)): ["content", "keys"] for days in (30, 2, 0)},
    }
    assert len(told) == 3


@pytest.mark.parametrize(
    ("name", "value"), [("KEYS_DAYS", "31"), ("KEYS_DAYS", "x"), ("KEEP", "0")]
)
def test_nobody_can_ask_for_keys_to_be_kept_longer(backups: Backups, name: str, value: str) -> None:
    done = backups.run("-m", "sspf.backups.make", **{f"SSPF_BACKUP_{name}": value})
    assert done.returncode == 1
    assert f"SSPF_BACKUP_{name} must be a number" in done.stdout
    assert not [path for path in backups.folder.iterdir() if path.name.startswith(".")]
