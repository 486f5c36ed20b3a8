"""Every change of a watched row is noted by the database itself, and bound to an event of its request."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.models import HeldForm, Membership
from access.request_transaction import (
    AlreadyAtWork,
    Work,
    current_work,
    record,
    set_partition,
    work,
)
from audit.change_sql import shape_of
from cases.models import Case, ConcernDraft, ConversationDraft, Person
from cases.services.triage import open_case
from crypto.fields import SealedField
from tests.audit.conftest import connect
from tests.audit.row_steps import somebody
from tests.cases import steps
from tests.cast import Cast

# Tables with sealed columns that are not watched, and why each may be.
UNWATCHED: dict[Any, str] = {
    ConcernDraft: "saved every few seconds; each save is a row and a key of its own, and no basis of anything",
    ConversationDraft: "as above",
    HeldForm: "as above; given back once and destroyed",
}
# Without sealed columns, but they decide who may see, or tell what was shown to whom.
DECIDING: set[Any] = {Membership, *apps.get_app_config("cases").get_models()} - set(UNWATCHED)

BLANK = "row_id = NULL, shape = NULL, cells = NULL, rest = NULL"


def sealed_columns(model: Any) -> list[str]:
    return [str(f.column) for f in model._meta.local_fields if isinstance(f, SealedField)]


def with_sealed_fields() -> set[Any]:
    return {model for model in apps.get_models() if sealed_columns(model)}


def watched(superuser: psycopg.Connection[Any]) -> dict[str, tuple[bytes, list[str], list[str]]]:
    """Table → shape, sealed and plain columns, as the last call of watch_table left them."""
    rows = superuser.execute(
        "SELECT table_name, shape, sealed, plain FROM audit.watched ORDER BY since"
    )
    return {name: (bytes(shape), sealed, plain) for name, shape, sealed, plain in rows}


def notes_of(superuser: psycopg.Connection[Any], request_id: UUID | None) -> list[tuple[Any, ...]]:
    return superuser.execute(
        "SELECT coalesce(w.table_name, ''), c.operation, c.row_id, c.leaf, c.cells, c.db_user"
        " FROM audit.change c LEFT JOIN audit.watched w USING (shape)"
        " WHERE c.request_id IS NOT DISTINCT FROM %s ORDER BY c.n",
        [request_id],
    ).fetchall()


def events_of(
    superuser: psycopg.Connection[Any], request_id: UUID
) -> list[tuple[str, bytes | None]]:
    return superuser.execute(
        "SELECT action, detail_hash FROM audit.event WHERE request_id = %s ORDER BY occurred_at",
        [request_id],
    ).fetchall()


def digest(notes: list[tuple[Any, ...]]) -> bytes:
    told = b""
    for note in notes:
        told = sha256(told + note[3]).digest()
    return told


# ------------------------------------------------------------------------------------ what is watched


def test_every_table_with_a_sealed_field_and_every_deciding_one_is_watched(superuser):
    tables = {model._meta.db_table for model in (with_sealed_fields() | DECIDING) - set(UNWATCHED)}
    assert tables <= set(watched(superuser))


@pytest.mark.parametrize(
    "model", sorted((with_sealed_fields() | DECIDING) - set(UNWATCHED), key=str)
)
def test_a_note_covers_each_sealed_column_by_itself_and_all_the_others_together(superuser, model):
    table = model._meta.db_table
    shape, sealed, plain = watched(superuser)[table]
    assert sealed == sealed_columns(model)
    every = [field.column for field in model._meta.local_fields]
    assert sorted(sealed + plain) == sorted(every)
    assert shape == shape_of(table, sealed, plain)
    (source,) = superuser.execute(
        "SELECT prosrc FROM pg_proc WHERE proname = %s", [f"note_{table}"]
    ).fetchone()
    assert shape.hex() in source


def test_no_table_has_lost_a_column_that_was_ever_watched(superuser):
    """The list only grows and the verifier holds it against the tables: a migration may not drop such a column."""
    lost = superuser.execute(
        """
        SELECT w.table_name, c.name
          FROM audit.watched w CROSS JOIN LATERAL unnest(w.sealed || w.plain) AS c(name)
         WHERE NOT EXISTS (SELECT FROM pg_attribute
                            WHERE attrelid = to_regclass(w.table_name) AND attname = c.name AND NOT attisdropped)
        """
    ).fetchall()
    assert lost == []


def test_a_table_with_a_sealed_field_that_nobody_watches_would_be_missed():
    assert set(UNWATCHED) <= with_sealed_fields()
    assert len(with_sealed_fields() - set(UNWATCHED)) >= 10


def test_the_types_of_watched_columns_are_postgresqls_own(superuser):
    """Their numbers stand in what is hashed, and are the same in every database."""
    for table, (_shape, _sealed, plain) in watched(superuser).items():
        rows = superuser.execute(
            "SELECT attname, atttypid FROM pg_attribute WHERE attrelid = %s::regclass"
            " AND attname = ANY (%s)",
            [table, plain],
        ).fetchall()
        assert len(rows) == len(plain)
        assert [name for name, oid in rows if oid >= 10_000] == []


def test_triggers_fire_always_and_run_as_the_owner_on_a_pinned_path(superuser):
    for table in watched(superuser):
        rows = superuser.execute(
            "SELECT t.tgname, t.tgenabled, p.prosecdef, p.proconfig, r.rolname FROM pg_trigger t"
            " JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_roles r ON r.oid = p.proowner"
            " WHERE t.tgrelid = %s::regclass AND t.tgname IN ('noted', 'not_emptied') ORDER BY 1",
            [table],
        ).fetchall()
        path = ["search_path=pg_catalog, pg_temp"]
        assert rows == [
            ("not_emptied", "A", False, path, "sspf_owner"),
            ("noted", "A", True, path, "sspf_owner"),
        ], table


# ------------------------------------------------------------------------------ who may do what to it


@pytest.mark.parametrize("role", ["web", "worker", "rotator"])
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT n FROM audit.change",
        "SELECT table_name FROM audit.watched",
        "INSERT INTO audit.change VALUES (1, gen_random_uuid(), NULL, now(), 'x', 'E')",
        "INSERT INTO audit.watched VALUES ('', '', '{}', '{}')",
        "SELECT audit.note('I', gen_random_uuid(), '', gen_random_uuid(), '{}', '')",
        "SELECT nextval('audit.change_n')",
        "SELECT audit.note_cases_person()",
        "TRUNCATE cases_person",
        "ALTER TABLE cases_person DISABLE TRIGGER noted",
    ],
)
def test_the_application_can_neither_read_nor_write_a_note(committed, role, statement):
    with connect(role) as own, pytest.raises(psycopg.errors.InsufficientPrivilege):
        own.execute(statement)


@pytest.mark.parametrize("replica", [False, True])
def test_triggers_stop_even_the_superuser(committed_cast, superuser, replica):
    with work(committed_cast.actor("koordinator")) as mine:
        somebody(mine.actor)
    superuser.execute(f"SET session_replication_role = {'replica' if replica else 'origin'}")
    for statement in (
        "UPDATE audit.change SET db_user = 'x'",
        f"UPDATE audit.change SET {BLANK}",
        f"UPDATE audit.change SET {BLANK}, erased_by = 1, leaf = sha256('')",
        f"UPDATE audit.change SET {BLANK}, erased_by = 1, request_id = NULL",
        "UPDATE audit.change SET erased_by = 1",
        "DELETE FROM audit.change",
        "TRUNCATE audit.change",
        "UPDATE audit.watched SET plain = '{}'",
        "DELETE FROM audit.watched",
        "TRUNCATE audit.watched",
        "TRUNCATE cases_person CASCADE",
        "TRUNCATE access_membership CASCADE",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match=r"refused"):
            superuser.execute(statement)


def test_the_backup_role_reads_the_notes_and_changes_none(committed):
    with connect("backup") as own:
        assert own.execute("SELECT EXISTS (SELECT FROM audit.change)").fetchone() == (True,)
        own.execute("SELECT last_value FROM audit.change_n")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            own.execute("UPDATE audit.change SET db_user = 'x'")


# --------------------------------------------------------------------- bound to an event of the request


def test_what_a_request_changed_is_bound_to_its_act(committed_cast, superuser):
    steps.tell(committed_cast.client("larare"))
    (request_id, told) = superuser.execute(
        "SELECT request_id, detail_hash FROM audit.event WHERE action = 'concern.send'"
        " ORDER BY occurred_at DESC LIMIT 1"
    ).fetchone()
    notes = notes_of(superuser, request_id)
    assert [note[:2] for note in notes] == [("cases_concern", "I"), ("cases_concernreceipt", "I")]
    assert told == digest(notes)
    assert {note[5] for note in notes} == {"sspf_web"}


def test_a_note_holds_the_hash_of_each_token(committed_cast, superuser):
    with work(committed_cast.actor("koordinator")) as mine:
        person = somebody(mine.actor)
    row = superuser.execute(
        "SELECT name, birth_date FROM cases_person WHERE id = %s", [person.id]
    ).fetchone()
    (note,) = notes_of(superuser, mine.request_id)[:1]
    assert note[2] == person.id
    assert note[4] == [sha256(token).digest() for token in row]


def test_the_digest_goes_with_the_first_act_and_with_no_other_event(committed_cast, superuser):
    with work(committed_cast.actor("koordinator")) as mine:
        mine.acts.append(mine.event("search"))
        record("case.open", object_type="cases.case", object_id=None)
        record("case.assign", object_type="cases.case", object_id=None)
        somebody(mine.actor)
    hashes = dict(events_of(superuser, mine.request_id))
    told = digest(notes_of(superuser, mine.request_id))
    assert hashes == {"search": None, "case.open": told, "case.assign": None}


def test_a_change_that_owes_no_event_gets_one(committed_cast, superuser):
    actor = committed_cast.actor("koordinator")
    with work(actor) as silent:
        somebody(actor)
    with work(actor) as reading:
        somebody(actor)
        reading.add_read(reading.event("read", object_type="cases.person", object_id=uuid4()))
    for mine, actions in ((silent, ["change"]), (reading, ["change", "read"])):
        told = dict(events_of(superuser, mine.request_id))
        assert sorted(told) == actions
        assert told["change"] == digest(notes_of(superuser, mine.request_id))


def test_reading_and_doing_nothing_leave_no_digest(committed_cast, superuser):
    actor = committed_cast.actor("koordinator")
    with work(actor) as idle:
        pass
    with work(actor) as reading:
        list(Person.objects.all())
        reading.add_read(reading.event("read", object_type="cases.person", object_id=uuid4()))
    with work(actor) as acting:
        record("case.open", object_type="cases.case", object_id=None)
    assert events_of(superuser, idle.request_id) == []
    assert events_of(superuser, reading.request_id) == [("read", None)]
    assert events_of(superuser, acting.request_id) == [("case.open", None)]


def test_reading_costs_no_question_more_and_writing_one(committed_cast):
    def asked(fill: Any) -> int:
        mine = Work(committed_cast.actor("koordinator"))
        with transaction.atomic():
            set_partition(mine.actor)
            fill(mine)
            with CaptureQueriesContext(connection) as seen:
                mine.flush()
        return len(seen)

    assert asked(lambda mine: mine.add_read(mine.event("read"))) == 1
    assert asked(lambda mine: mine.acts.append(mine.event("case.open"))) == 2


def test_what_is_undone_is_not_noted(committed_cast, superuser):
    actor = committed_cast.actor("koordinator")
    with work(actor) as mine:
        first = somebody(actor)
        undone = transaction.savepoint()
        somebody(actor)
        transaction.savepoint_rollback(undone)
        with transaction.atomic():
            last = somebody(actor)
    notes = notes_of(superuser, mine.request_id)
    assert [note[2] for note in notes] == [first.id, last.id]
    assert dict(events_of(superuser, mine.request_id)) == {"change": digest(notes)}
    with transaction.atomic():
        with work(actor) as nothing:
            somebody(actor)
        transaction.set_rollback(True)
    assert notes_of(superuser, nothing.request_id) == []
    assert events_of(superuser, nothing.request_id) == []


def test_a_refused_request_binds_nothing(committed_cast, superuser):
    """The work is undone; the refusal is committed with the same request id, and without a digest."""
    committed_cast.client("larare").get(f"/arenden/{uuid4()}/")
    (request_id,) = superuser.execute(
        "SELECT request_id FROM audit.event WHERE outcome = 'denied' ORDER BY occurred_at DESC LIMIT 1"
    ).fetchone()
    assert {told for _action, told in events_of(superuser, request_id)} == {None}


def test_another_partition_within_the_same_work_is_bound_as_well(committed_cast, superuser):
    actor, school = committed_cast.actor("koordinator"), committed_cast.actor("larare")
    with work(actor) as mine:
        somebody(actor)
        set_partition(school)
        set_partition(actor)
        somebody(actor)
    notes = notes_of(superuser, mine.request_id)
    assert len(notes) == 2
    assert dict(events_of(superuser, mine.request_id)) == {"change": digest(notes)}


def test_work_inside_work_of_the_same_actor_is_part_of_it(committed_cast, superuser):
    actor = committed_cast.actor("koordinator")
    with work(actor) as mine:
        somebody(actor)
        with work(committed_cast.actor("koordinator")) as inner:
            assert inner is mine
            somebody(actor)
        assert current_work() is mine
        with pytest.raises(AlreadyAtWork), work(committed_cast.actor("larare")):
            pass
    notes = notes_of(superuser, mine.request_id)
    assert len(notes) == 2
    assert dict(events_of(superuser, mine.request_id)) == {"change": digest(notes)}


def test_the_next_work_on_the_same_connection_begins_anew(committed_cast, superuser):
    actor = committed_cast.actor("koordinator")
    both = []
    with transaction.atomic():
        for _ in range(2):
            with work(actor) as mine:
                somebody(actor)
            both.append(mine.request_id)
    for request_id in both:
        notes = notes_of(superuser, request_id)
        assert len(notes) == 1
        assert dict(events_of(superuser, request_id)) == {"change": digest(notes)}


def test_a_change_outside_work_is_noted_without_request(committed_cast, superuser):
    before = len(notes_of(superuser, None))
    membership = committed_cast.membership("larare")
    superuser.execute(
        "UPDATE access_membership SET ends_on = ends_on + 1 WHERE id = %s", [membership.id]
    )
    with transaction.atomic():
        set_partition(committed_cast.actor("koordinator"))
        Membership.objects.filter(pk=membership.pk).update(role="manager")
    noted = notes_of(superuser, None)[before:]
    assert [note[:3] for note in noted] == [("access_membership", "U", membership.id)] * 2
    assert [note[5] for note in noted] == ["postgres", "sspf_web"]


def test_bulk_changes_are_all_noted(committed_cast: Cast, superuser):
    """What signals of the ORM miss: bulk_create, update of a queryset, SQL."""
    actor = committed_cast.actor("koordinator")
    with work(actor) as mine:
        person = somebody(actor)
        case = open_case(actor=actor, person=person, now=timezone.now(), today=timezone.localdate())
        Case.objects.bulk_create(
            Case(
                municipality_id=case.municipality_id,
                agency_id=case.agency_id,
                number=f"B-{uuid4().hex[:8]}",
                person=person,
                opened_at=timezone.now(),
            )
            for _ in range(300)
        )
        assert Case.objects.filter(number__startswith="B-").update(stage="resting") == 300
        with connection.cursor() as cursor:
            cursor.execute("UPDATE cases_case SET version = 7 WHERE number LIKE 'B-%'")
    noted = [note[:2] for note in notes_of(superuser, mine.request_id)]
    assert noted.count(("cases_case", "U")) == 600
    assert noted.count(("cases_case", "I")) == 301
    told = [told for _action, told in events_of(superuser, mine.request_id) if told]
    assert told == [digest(notes_of(superuser, mine.request_id))]


def test_a_row_that_is_deleted_is_noted(committed_cast, superuser):
    with work(committed_cast.actor("koordinator")) as mine:
        person = somebody(mine.actor)
    superuser.execute("DELETE FROM cases_person WHERE id = %s", [person.id])
    assert notes_of(superuser, None)[-1][:3] == ("cases_person", "D", person.id)


def test_a_row_is_changed_in_the_encoding_that_is_compared_or_not_at_all(committed_cast, superuser):
    with work(committed_cast.actor("koordinator")) as mine:
        person = somebody(mine.actor)
    superuser.execute("SET client_encoding = 'LATIN1'")
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="UTF8 only"):
        superuser.execute(
            "UPDATE cases_person SET protection = 'marked' WHERE id = %s", [person.id]
        )
