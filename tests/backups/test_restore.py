"""What is erased stays erased, and what is lost is said: restoring content and keys of different times."""

from __future__ import annotations

import os
import re
import shutil
import time
from contextlib import suppress
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection

from access.request_transaction import work
from cases.models import Case
from crypto.keys import Scope, destroy_data_key
from tests.backups.conftest import Backups
from tests.cases import steps
from tests.cases.talk_steps import id_in
from tests.cast import Cast

pytestmark = pytest.mark.slow


def two_cases(cast: Cast) -> tuple[UUID, UUID]:
    """Two young people, each with a concern, a case and a person."""
    found = []
    for name in ("Nils Persson", "Alva Berg"):
        steps.tell(cast.client("larare"))
        coordinator = cast.client("koordinator")
        concern = steps.first_link(coordinator, "/inkommet/", "/inkommet/")
        found.append(id_in(steps.take(coordinator, concern, name=name)))
    return found[0], found[1]


def erase(cast: Cast, case_id: UUID) -> None:
    """What erasing comes down to: the keys of the case and of the person are destroyed."""
    actor = cast.actor("koordinator")
    with work(actor):
        case = Case.objects.get(pk=case_id)
        for scope, scope_id in ((Scope.CASE, case.id), (Scope.PERSON, case.person_id)):
            destroy_data_key(
                municipality_id=actor.municipality_id,
                agency_id=actor.agency_id,
                scope=scope,
                scope_id=scope_id,
            )


def living_keys(restored: psycopg.Connection, scope_id: UUID) -> int:
    row = restored.execute(
        "SELECT count(*) FROM keys.data_key WHERE scope_id = %s AND wrapped IS NOT NULL", [scope_id]
    ).fetchone()
    assert row is not None
    return int(row[0])


def tried(told: str) -> tuple[int, int]:
    """How many sealed values opened, and how many were erased."""
    found = re.search(r"tried: (\d+) open, (\d+) are erased", told)
    assert found, told
    return int(found[1]), int(found[2])


def test_old_content_beside_todays_keys_erased_cases_stay_dead_and_the_others_open(
    backups: Backups, committed_cast: Cast
) -> None:
    erased, kept = two_cases(committed_cast)
    before = backups.make()
    erase(committed_cast, erased)
    today = backups.make()
    done = backups.restore("--content", before)
    assert done.returncode == 0, done.stdout
    assert f"Content of {before}, keys of {today}" in done.stdout
    assert re.search(r"[1-9]\d* row changes noted, [1-9]\d* rows held against", done.stdout)
    opened, dead = tried(done.stdout)
    assert opened > 0
    # Name and birth date, and both texts of the first follow-up: the bytes are there, and nothing opens them.
    assert dead == 4
    with backups.restored("--content", before) as restored:
        assert living_keys(restored, erased) == 0
        assert living_keys(restored, kept) == 1


def test_old_keys_do_not_bring_back_what_was_erased_since(
    backups: Backups, committed_cast: Cast, committed: str
) -> None:
    erased, kept = two_cases(committed_cast)
    before = backups.make()
    erase(committed_cast, erased)
    # The present database knows of the erasure, also where no backup was made after it.
    with backups.restored("--content", before, "--keys", before) as restored:
        assert living_keys(restored, erased) == 0
        assert living_keys(restored, kept) == 1
    backups.make()
    elsewhere = backups.environment["SSPF_DATABASE_URL"].replace(committed, f"{committed}_gone")
    # So does the newest backup, where the present database is lost.
    done = backups.restore(
        *("--content", before, "--keys", before, "--into", f"{committed}_restored_2"),
        SSPF_DATABASE_URL=elsewhere,
    )
    assert "2 keys that were destroyed since are destroyed here too" in done.stdout
    assert tried(done.stdout)[1] == 4


def test_whoever_has_nothing_but_an_old_dump_of_the_keys_can_open_what_was_erased_since(
    backups: Backups, committed_cast: Cast, committed: str, tmp_path: Path
) -> None:
    """This is why they are kept for 30 days only, and sealed to somebody who is elsewhere."""
    erased, _kept = two_cases(committed_cast)
    before = backups.make()
    erase(committed_cast, erased)
    stolen = tmp_path / "stolen"
    shutil.copytree(backups.folder / before, stolen / before)
    done = backups.restore(
        *("--into", f"{committed}_restored_3"),
        SSPF_BACKUP_DIR=str(stolen),
        SSPF_DATABASE_URL=backups.environment["SSPF_DATABASE_URL"].replace(committed, "sspf_gone"),
    )
    assert done.returncode == 0, done.stdout
    assert tried(done.stdout)[1] == 0


def test_without_its_keys_sealed_content_is_a_fault(backups: Backups, committed_cast: Cast) -> None:
    before = backups.make()
    two_cases(committed_cast)
    after = backups.make()
    done = backups.restore("--content", after, "--keys", before)
    assert done.returncode == 1
    assert "key missing" in done.stdout
    (backups.folder / before / "keys.sealed").unlink()
    done = backups.restore("--keys", before)
    assert f"No backup {before} has keys. Those that have: {after}." in done.stdout


def test_a_key_that_was_replaced_is_not_taken_for_an_erasure(
    backups: Backups, committed_cast: Cast, superuser: psycopg.Connection
) -> None:
    case_id, _other = two_cases(committed_cast)
    with work(committed_cast.actor("koordinator")):
        person_id = Case.objects.get(pk=case_id).person_id
    before = backups.make()
    superuser.execute(
        "INSERT INTO keys.data_key (id, municipality_id, agency_id, scope, scope_id, version,"
        " municipality_key_id, wrapped) SELECT %s, municipality_id, agency_id, scope, scope_id, 2,"
        " municipality_key_id, wrapped FROM keys.data_key WHERE scope_id = %s",
        [uuid4(), person_id],
    )
    superuser.execute(
        "UPDATE keys.data_key SET wrapped = NULL, destroyed_at = now() WHERE scope_id = %s AND version = 1",
        [person_id],
    )
    backups.make()
    done = backups.restore("--content", before)
    assert done.returncode == 1
    assert "cases.person.name: 1 sealed under a key that has been replaced since" in done.stdout
    done = backups.restore("--content", before, "--keys", before)
    assert done.returncode == 0, done.stdout
    assert tried(done.stdout)[1] == 0


def test_the_log_goes_on_after_a_restore_only_when_somebody_says_so(
    backups: Backups, committed_cast: Cast, committed: str, tmp_path: Path
) -> None:
    steps.tell(committed_cast.client("larare"))
    backups.sequence()
    backups.make()
    steps.tell(committed_cast.client("larare"))
    backups.sequence()
    assert backups.restore("--replace", "another").stdout.count(f"REPLACE={committed}") == 1
    with backups.connect(committed):
        refused = backups.restore("--replace", committed)
        assert "connections use" in refused.stdout
    connection.close()
    done = backups.restore("--replace", committed)
    assert done.returncode == 0, done.stdout
    assert re.search(r"LOST  log of \S+: events number \d+ to \d+, signed until", done.stdout)

    before = {
        path.name: path.read_bytes() for path in (tmp_path / "checkpoints").glob("*.checkpoints")
    }
    assert "cut or rolled back" in backups.sequence().stderr
    shown = backups.manage("accept_restore", role="sequencer")
    assert "were signed and are gone" in shown.stdout
    assert before == {name: (tmp_path / "checkpoints" / name).read_bytes() for name in before}
    accepted = backups.manage("accept_restore", "--yes", role="sequencer")
    assert accepted.returncode == 0, accepted.stderr
    (aside,) = (tmp_path / "checkpoints").glob("*.until-*")
    assert aside.read_bytes() == before[aside.name.split(".until-")[0]]
    (note,) = (tmp_path / "checkpoints").glob("*.restored")
    assert "signed before" in note.read_text(encoding="utf-8")
    assert "cut or rolled back" not in backups.sequence().stderr
    verified = backups.run(
        *("audit/auditctl.py", "verify", "--database", as_backup(backups, committed)),
        PGPASSWORD=backups.environment["SSPF_DATABASE_PASSWORD"],
    )
    assert verified.returncode == 0, verified.stdout
    assert "No log is behind" in backups.manage("accept_restore", role="sequencer").stdout


def as_backup(backups: Backups, database: str) -> str:
    with backups.connect(database) as there:
        info = there.info
        return f"host={info.host} port={info.port} dbname={database} user=sspf_backup"


def test_a_destroyed_key_is_in_no_file_of_the_table_once_it_is_rewritten(
    committed_cast: Cast, superuser: psycopg.Connection
) -> None:
    """Until then the old version of its row lies there: docs/production.md says what to do about it."""
    case_id, _other = two_cases(committed_cast)
    row = superuser.execute(
        "SELECT wrapped, current_setting('data_directory'), (SELECT oid FROM pg_database"
        " WHERE datname = current_database()) FROM keys.data_key WHERE scope_id = %s",
        [case_id],
    ).fetchone()
    assert row is not None
    wrapped, folder = bytes(row[0]), Path(row[1]) / "base" / str(row[2])
    if not os.access(folder, os.R_OK | os.X_OK):
        pytest.skip("the files of a server elsewhere cannot be searched")
    erase(committed_cast, case_id)
    superuser.execute("CHECKPOINT")
    assert holding(wrapped, folder)
    # What a transaction that began before may still read is kept by it: here at most autovacuum's, which soon ends.
    end = time.monotonic() + 30
    while holding(wrapped, folder) and time.monotonic() < end:
        superuser.execute("VACUUM FULL keys.data_key")
        superuser.execute("CHECKPOINT")
    assert holding(wrapped, folder) == []


def holding(key: bytes, folder: Path) -> list[str]:
    found = []
    for path in folder.iterdir():
        # The server takes away files of its own at any time; what is gone holds nothing.
        with suppress(FileNotFoundError):
            if key in path.read_bytes():
                found.append(path.name)
    return found
