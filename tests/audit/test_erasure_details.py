"""What is noted of rows that are gone can be blanked; the log stays verifiable, and no other blank hides behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from access.actor import Actor
from access.request_transaction import record, set_partition, work
from audit.auditctl import check_cells, check_changes
from audit.record import erase_details
from cases.models import Person
from crypto.errors import KeyDestroyed
from crypto.keys import Scope, data_key, destroy_data_key
from tests.audit.conftest import as_role, connect
from tests.audit.row_steps import faults, kinds, somebody
from tests.cases import attachment_steps, talk_steps
from tests.cast import Cast
from tests.conftest import committed  # noqa: F401  a database of its own for each test


@pytest.fixture
def actor(committed_cast: Cast) -> Actor:
    return committed_cast.actor("koordinator")


@pytest.fixture
def kept(actor: Actor) -> Person:
    with work(actor):
        return somebody(actor, "Person som blir kvar")


@pytest.fixture
def erased(actor: Actor, kept: Person, superuser: psycopg.Connection[Any]) -> UUID:
    """A person's row that was written, changed, deleted, with its key destroyed and its notes blanked."""
    # What the role of retention will be given; nobody may delete a person today.
    superuser.execute("GRANT DELETE ON cases_person TO sspf_worker")
    with work(actor):
        person = somebody(actor, "Person som gallras")
    with work(actor):
        Person.objects.filter(pk=person.pk).update(protection="marked")
        record("write", object_type="cases.person", object_id=person.pk)
    with as_role("worker"), work(actor):
        destroy_data_key(
            municipality_id=person.municipality_id,
            agency_id=person.agency_id,
            scope=Scope.PERSON,
            scope_id=person.id,
        )
        Person.objects.filter(pk=person.pk).delete()
        assert erase_details([person.pk]) == 3
        record("draft.purge", object_type="cases.person", object_id=None)
    return person.pk


@pytest.fixture
def tamper(erased: UUID, superuser: psycopg.Connection[Any]) -> Callable[..., Any]:
    superuser.execute("ALTER TABLE audit.change DISABLE TRIGGER ALL")
    return superuser.execute


def test_nothing_of_the_row_is_left_and_everything_still_fits(actor, erased, kept, superuser):
    assert faults(check_changes) == []
    assert faults(check_cells) == []
    assert superuser.execute(
        "SELECT count(*) FROM audit.change WHERE row_id = %s", [erased]
    ).fetchone() == (0,)
    blanked = superuser.execute(
        "SELECT operation, num_nonnulls(shape, row_id, cells, rest), n < erased_by FROM audit.change"
        " WHERE erased_by IS NOT NULL ORDER BY n"
    ).fetchall()
    assert blanked == [("I", 0, True), ("U", 0, True), ("D", 0, True)]
    place = {"municipality_id": actor.municipality_id, "agency_id": actor.agency_id}
    with transaction.atomic():
        set_partition(actor)
        with pytest.raises(KeyDestroyed):
            data_key(**place, scope=Scope.PERSON, scope_id=erased)
    assert superuser.execute(
        "SELECT count(*) FROM audit.change WHERE row_id = %s", [kept.pk]
    ).fetchone() == (1,)


def test_a_file_that_is_taken_away_leaves_no_hash_of_its_chunks(committed_cast, superuser):
    """The product's own erasure: the row of the attachment stays and says who and why."""
    case = talk_steps.active(committed_cast)
    link = attachment_steps.added(committed_cast, case, attachment_steps.long_pdf())
    removing = reverse("attachment_remove", args=[talk_steps.id_in(link)])
    noted = (
        "SELECT count(*) FROM audit.change JOIN audit.watched USING (shape) WHERE table_name = %s"
    )
    assert superuser.execute(noted, ["cases_attachmentchunk"]).fetchone() == (5,)
    client = committed_cast.client("koordinator")
    assert client.post(removing, {"reason": "wrong_case"}).status_code == 302
    assert superuser.execute(noted, ["cases_attachmentchunk"]).fetchone() == (0,)
    assert superuser.execute(noted, ["cases_attachment"]).fetchone() == (2,)
    (action,) = superuser.execute(
        "SELECT e.action FROM audit.change c JOIN audit.event e USING (request_id)"
        " WHERE c.operation = 'E' AND e.detail_hash IS NOT NULL"
    ).fetchone()
    assert action == "attachment.remove"
    assert faults(check_changes) == []
    assert faults(check_cells) == []


def test_the_erasure_is_bound_to_the_event_that_tells_of_it(erased, superuser):
    actions = superuser.execute(
        "SELECT e.action FROM audit.change c JOIN audit.event e USING (request_id)"
        " WHERE c.operation = 'E' AND e.detail_hash IS NOT NULL"
    ).fetchall()
    assert actions == [("draft.purge",)]


def test_what_is_noted_of_a_row_that_still_exists_is_not_erased(actor, kept):
    with (
        work(actor),
        pytest.raises(DatabaseError, match="still exists"),
        transaction.atomic(),
    ):
        erase_details([kept.pk])
    assert faults(check_cells) == []


def test_an_erasure_belongs_to_a_request_and_stays_in_its_municipality(
    actor, committed_cast, kept, superuser
):
    with transaction.atomic():
        set_partition(actor)
        with pytest.raises(DatabaseError, match="belongs to a request"), transaction.atomic():
            erase_details([kept.pk])
    superuser.execute("DELETE FROM cases_person WHERE id = %s", [kept.pk])
    with work(committed_cast.actor("gotene-koordinator")):
        assert erase_details([kept.pk]) == 0
    with work(actor):
        assert erase_details([kept.pk, uuid4()]) == 2
        assert erase_details([kept.pk]) == 0


@pytest.mark.parametrize("role", ["sequencer", "backup"])
def test_only_the_application_may_erase(superuser, role):
    with connect(role) as own, pytest.raises(psycopg.errors.InsufficientPrivilege):
        own.execute("SELECT audit.erase_details('{}')")


def test_an_erasure_that_is_undone_blanks_nothing(actor, kept, superuser):
    superuser.execute("DELETE FROM cases_person WHERE id = %s", [kept.pk])
    with transaction.atomic():
        with work(actor):
            assert erase_details([kept.pk]) == 2
        transaction.set_rollback(True)
    assert superuser.execute(
        "SELECT count(*) FROM audit.change WHERE row_id = %s", [kept.pk]
    ).fetchone() == (2,)


BLANK = "shape = NULL, row_id = NULL, cells = NULL, rest = NULL"


def test_a_note_blanked_without_an_erasure_is_named(tamper, kept):
    tamper(f"UPDATE audit.change SET {BLANK}, erased_by = 0 WHERE row_id = %s", [kept.pk])
    (fault,) = faults(check_changes)
    assert fault.kind == "blank"
    assert "note 0, which they name as the erasure, is none" in fault.text


def test_a_note_that_hides_behind_another_erasure_is_named(tamper, kept, superuser):
    (erasure,) = tamper("SELECT n FROM audit.change WHERE operation = 'E'").fetchone()
    tamper(f"UPDATE audit.change SET {BLANK}, erased_by = {erasure} WHERE row_id = %s", [kept.pk])
    (fault,) = faults(check_changes)
    assert fault.kind == "blank"
    assert f"the erasure that is note {erasure} did not blank the notes" in fault.text
    # And the row that it was a note of has none.
    assert [fault.text for fault in faults(check_cells) if str(kept.pk) in fault.text]


def test_an_erasure_or_a_blanked_note_that_is_removed_is_named(tamper):
    tamper("CREATE TABLE kept AS SELECT * FROM audit.change")
    for where in ("operation = 'E'", "erased_by IS NOT NULL AND operation = 'U'"):
        tamper(f"DELETE FROM audit.change WHERE {where}")
        assert set(kinds(check_changes)) == (
            {"digest", "blank"} if "'E'" in where else {"unnoted", "blank"}
        )
        tamper("DELETE FROM audit.change")
        tamper("INSERT INTO audit.change SELECT * FROM kept")
    assert faults(check_changes) == []


def test_an_erasure_rewritten_to_fit_is_named(tamper, kept):
    """The attacker blanks one note more and gives the erasure a digest and a leaf that fit: its event does not."""
    (erasure,) = tamper("SELECT n FROM audit.change WHERE operation = 'E'").fetchone()
    tamper(f"UPDATE audit.change SET {BLANK}, erased_by = {erasure} WHERE row_id = %s", [kept.pk])
    tamper(
        "UPDATE audit.change SET cells = ARRAY[(SELECT sha256(string_agg(leaf, '' ORDER BY n))"
        " FROM audit.change WHERE erased_by = %s)] WHERE n = %s",
        [erasure, erasure],
    )
    tamper(
        "UPDATE audit.change SET leaf = sha256(record_send(ROW(n, municipality_id, request_id, at, db_user,"
        " operation, shape, row_id, cells, rest))) WHERE n = %s",
        [erasure],
    )
    assert kinds(check_changes) == ["digest"]


def test_a_note_half_blanked_is_named(tamper, kept):
    tamper("ALTER TABLE audit.change DROP CONSTRAINT change_check")
    tamper("UPDATE audit.change SET row_id = NULL WHERE row_id = %s", [kept.pk])
    assert kinds(check_changes) == ["note"]
    tamper(f"UPDATE audit.change SET {BLANK} WHERE shape IS NOT NULL AND row_id IS NULL AND n <> 0")
    assert kinds(check_changes) == ["blank"]


def test_a_blanked_note_is_never_filled_again(erased, superuser):
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        superuser.execute(
            "UPDATE audit.change SET row_id = gen_random_uuid(), shape = '', erased_by = NULL"
            " WHERE erased_by IS NOT NULL"
        )


def test_the_owner_of_the_tables_blanks_only_through_the_erasure(erased, kept):
    with as_role("owner"), connection.cursor() as cursor, pytest.raises(DatabaseError):
        cursor.execute("UPDATE audit.change SET db_user = 'x'")
