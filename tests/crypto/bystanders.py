"""People at work while keys are exchanged: threads that read, change and register, and miss nothing."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection
from django.utils import timezone

from access.actor import Actor
from access.request_transaction import work
from cases.models import Person, PersonIdentifier
from cases.rules.identity_number import read_identity_number
from cases.services.triage import Identity, register_person
from crypto.blind import look_up
from crypto.keys import Scope, data_key
from crypto.seal import Binding, open_batch, seal
from tests.conftest import ROOT

NAME = "cases.person.name"
# From Skatteverket's series for tests: no living person has these.
NUMBERS = ("189001019802", "189001029819", "189001039826", "189001049833")


@dataclass
class Office:
    """One agency's people, what they are called now, and what went wrong."""

    actor: Actor
    called: dict[UUID, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    reads: int = 0
    writes: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)

    def register(self, name: str, number: str = "") -> UUID:
        identity = Identity(
            name=name,
            birth_date="2012-03-04",
            number=read_identity_number(number) if number else None,
        )
        with work(self.actor):
            person = register_person(actor=self.actor, identity=identity, now=timezone.now())
        with self.guard:
            self.called[person.id] = name
            self.writes += 1
        return person.id

    def fill(self, count: int) -> Office:
        for n in range(count):
            self.register(f"Person {n}", NUMBERS[n] if n < len(NUMBERS) else "")
        return self

    def opened(self) -> dict[UUID, str]:
        with work(self.actor):
            rows = list(Person.objects.all())
            at = [Binding(NAME, row.municipality_id, row.agency_id, row.id) for row in rows]
            names = open_batch([(row.name, one) for row, one in zip(rows, at, strict=True)])
            birth = [Binding("cases.person.birth_date", *row_at(row)) for row in rows]
            days = open_batch([(row.birth_date, one) for row, one in zip(rows, birth, strict=True)])
        assert set(days) <= {"2012-03-04"}
        return dict(zip((row.id for row in rows), names, strict=True))

    def known(self, number: str) -> int:
        """How many rows the number finds."""
        with work(self.actor):
            rows = PersonIdentifier.objects
            return look_up(
                number, lambda indexes: rows.filter(index__in=indexes).count(), **self.place
            )

    @property
    def place(self) -> dict[str, UUID]:
        return {
            "municipality_id": self.actor.municipality_id,
            "agency_id": self.actor.agency_id,
        }

    def read_once(self) -> None:
        before = set(self.called)
        found = self.opened()
        missing = before - set(found)
        assert not missing, "a person that was registered was not read"
        assert self.known(random.choice(NUMBERS)) == 1
        with self.guard:
            self.reads += 1

    def change_once(self, turn: int) -> None:
        who = random.choice(list(self.called))
        with self.guard:
            # One at a time decides what the last name is; readers and the rotation are not held by this.
            name = f"Ändrad {turn} {random.random()}"
            with work(self.actor):
                row = Person.objects.select_for_update().get(pk=who)
                key = data_key(**self.place, scope=Scope.PERSON, scope_id=who)
                row.name = seal(name, key=key, field=NAME, row_id=who)
                row.save(update_fields=["name"])
            self.called[who] = name
            self.writes += 1

    def register_once(self, turn: int) -> None:
        """A number that is known here: whoever comes second gets no index (cases.services.triage)."""
        self.register(f"Ny {turn}", random.choice(NUMBERS))


def row_at(row: Person) -> tuple[UUID, UUID, UUID]:
    return row.municipality_id, row.agency_id, row.id


@contextmanager
def at_work(office: Office) -> Iterator[Office]:
    """Two who read, one who changes and one who registers, until the block ends."""
    stop = threading.Event()

    def going_on(act: Callable[[int], None]) -> None:
        turn = 0
        try:
            while not stop.is_set():
                turn += 1
                act(turn)
                # As long as a commit to a disk takes: those of tests wait for none (tests/environment.py).
                time.sleep(0.005)
        except Exception as fault:  # noqa: BLE001  whatever it is, it is a failure of the test
            office.wrong.append(f"{act.__name__}: {fault!r}")
        finally:
            connection.close()

    def read(_turn: int) -> None:
        office.read_once()

    acts = (read, read, office.change_once, office.register_once)
    threads = [threading.Thread(target=going_on, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    try:
        yield office
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
    assert not office.wrong, "\n".join(office.wrong)
    assert office.opened() == office.called


def start(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "rotate", *arguments],
        cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def run(environment: dict[str, str], *arguments: str) -> str:
    process = start(environment, *arguments)
    try:
        said, _ = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 0, said
    return said
