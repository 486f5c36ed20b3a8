"""Writing, sequencing and verifying a log of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection, transaction

from access.request_transaction import work
from audit import trees
from audit.auditctl import Report, verify
from audit.event import Event
from audit.record import write
from audit.sequencer import Sequencer
from cases.models import Person
from crypto.signing import Signer
from sspf import local
from tests.cast import Cast
from tests.conftest import _copy as copy_database
from tests.conftest import _drop as drop_database

SEED = bytes(range(32))


def enter(municipality_id: UUID | str, agency_id: UUID | str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('sspf.municipality', %s, true), set_config('sspf.agency', %s, true)",
            [str(municipality_id), str(agency_id)],
        )


@contextmanager
def as_role(role: str) -> Iterator[None]:
    """Django's own connection as another role."""
    settings, before = connection.settings_dict, dict(connection.settings_dict)
    connection.close()
    settings.update(USER=f"sspf_{role}", PASSWORD=local.ensure().passwords[role])
    try:
        yield
    finally:
        connection.close()
        settings.update(USER=before["USER"], PASSWORD=before["PASSWORD"])


def connect(role: str) -> psycopg.Connection[Any]:
    settings = connection.settings_dict
    return psycopg.connect(
        host=settings["HOST"],
        port=settings["PORT"],
        dbname=settings["NAME"],
        user=f"sspf_{role}",
        password=local.ensure().passwords[role],
    )


@dataclass
class Log:
    """One municipality's log, with its checkpoints in a folder of its own."""

    folder: Path
    municipality_id: UUID = field(default_factory=uuid4)
    agency_id: UUID = field(default_factory=uuid4)
    signer: Signer = field(default_factory=lambda: Signer(SEED))
    clock: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(minutes=1))

    def event(self, **values: Any) -> Event:
        self.clock += timedelta(milliseconds=7)
        usual: dict[str, Any] = {
            "id": uuid4(),
            "occurred_at": self.clock,
            "municipality_id": self.municipality_id,
            "agency_id": self.agency_id,
            "unit_id": uuid4(),
            "actor_user_id": uuid4(),
            "actor_membership_id": uuid4(),
            "actor_name": "Åsa Öberg",
            "actor_role": "social_worker",
            "action": "read",
            "object_type": "cases.concern",
            "object_id": uuid4(),
            "case_id": uuid4(),
            "case_number": "SSPF-2026-1",
            "field_groups": ("concern_text", "identity"),
            "relation": "assigned",
            "basis": "SoL 11:1",
            "purpose": "triage",
            "outcome": "done",
            "request_id": uuid4(),
            "detail_hash": bytes(range(32)),
        }
        return Event(**usual | values)

    def write(self, number: int = 1, **values: Any) -> list[Event]:
        events = [self.event(**values) for _ in range(number)]
        with transaction.atomic():
            enter(self.municipality_id, self.agency_id)
            write(events)
        return events

    def sequencer(self) -> Sequencer:
        return Sequencer(folder=self.folder, signer=self.signer)

    def sequence(self) -> None:
        with as_role("sequencer"):
            assert self.sequencer().run_once()

    def grow(self, number: int = 1, **values: Any) -> list[Event]:
        """Write events one by one, each with a checkpoint of its own."""
        events = [event for _ in range(number) for event in self.write(**values)]
        key = self.signer.public_key
        self.folder.mkdir(exist_ok=True)
        with as_role("sequencer"):
            for _ in range(number):
                tree, _taken = trees.grow(self.municipality_id, None, self.folder, key, batch=1)
                trees.sign(self.municipality_id, tree, self.folder, self.signer)
        return events

    def report(self) -> Report:
        with connect("backup") as own:
            (report,) = verify(
                own, self.folder, self.signer.public_key, municipality_id=self.municipality_id
            )
        return report

    def kinds(self) -> list[str]:
        return [fault.kind for fault in self.report().faults]

    @property
    def file(self) -> Path:
        return self.folder / f"{self.municipality_id}.checkpoints"


@pytest.fixture(scope="module")
def committed(superuser_conninfo, template_database, django_db_setup, django_db_blocker):
    """One database for each file of tests; every test has a municipality, and so a log, of its own."""
    with own_database(superuser_conninfo, template_database, django_db_blocker) as name:
        yield name


@contextmanager
def own_database(superuser_conninfo, template_database, django_db_blocker):
    name = f"sspf_test_audit_{uuid4().hex[:10]}"
    copy_database(superuser_conninfo, template_database, name)
    with django_db_blocker.unblock():
        connection.close()
        shared, connection.settings_dict["NAME"] = connection.settings_dict["NAME"], name
        yield name
        connection.close()
        connection.settings_dict["NAME"] = shared
    drop_database(superuser_conninfo, name)


@pytest.fixture
def log(committed: str, tmp_path: Path) -> Log:
    return Log(tmp_path / "checkpoints")


@pytest.fixture
def past_the_triggers(superuser: psycopg.Connection) -> Callable[..., Any]:
    """What the owner of the whole server can do: change rows with every trigger disabled."""
    tables = [
        row[0]
        for row in superuser.execute(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger"
            " WHERE tgname LIKE 'append_only%' AND tgparentid = 0"
        )
    ]
    for table in tables:
        superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    return superuser.execute


@pytest.fixture
def person(committed_cast: Cast) -> Person:
    """One of two people whose rows were written as they should be."""
    from tests.audit.row_steps import somebody

    with work(committed_cast.actor("koordinator")) as mine:
        somebody(mine.actor, "Person Noll")
        return somebody(mine.actor)
