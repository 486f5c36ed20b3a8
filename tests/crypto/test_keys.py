"""Keys and seals against the real database, as the web's role."""

import threading
import traceback
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import ProgrammingError, connection, transaction
from django.db.models.expressions import RawSQL
from django.db.utils import DataError
from django.test import override_settings

from crypto import municipality_keys
from crypto.blind import blind_index, look_up
from crypto.errors import KeyDestroyed, KeyMissing, SealBroken, WrongMasterKey
from crypto.fields import SealedField
from crypto.keys import DataKey, Scope, data_key, destroy_data_key, new_data_key
from crypto.models import DataKeyRow, MunicipalityKey, PlatformKey
from crypto.seal import Binding, open_batch, open_system, seal, seal_system
from crypto.sealed import Sealed, token_of

UID = "cases.concern.observation"


Place = tuple[UUID, UUID]


def enter(municipality_id: UUID | str, agency_id: UUID | str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('sspf.municipality', %s, true), set_config('sspf.agency', %s, true)",
            [str(municipality_id), str(agency_id)],
        )


@pytest.fixture
def place(db):
    """A municipality and an agency nobody else uses, chosen for this transaction."""
    municipality_id, agency_id = uuid4(), uuid4()
    enter(municipality_id, agency_id)
    return municipality_id, agency_id


def _new_key(place: Place, scope: Scope = Scope.CONCERN, scope_id: UUID | None = None) -> DataKey:
    return new_data_key(
        municipality_id=place[0], agency_id=place[1], scope=scope, scope_id=scope_id or uuid4()
    )


def _binding(place: Place, row_id: UUID) -> Binding:
    return Binding(UID, place[0], place[1], row_id)


def _sealed(place: Place, text: str = "Åsa kom för sent", **scope: Any) -> tuple[Sealed, Binding]:
    row_id = uuid4()
    sealed = seal(text, key=_new_key(place, **scope), field=UID, row_id=row_id)
    return sealed, _binding(place, row_id)


def test_what_is_sealed_opens_again(place):
    texts = ["", "ja", "Åsa kom för sent\n" * 500, "🚸 \0"]
    assert open_batch([_sealed(place, text) for text in texts]) == texts


def test_a_batch_is_opened_with_one_query(place, django_assert_num_queries):
    items = [_sealed(place, f"text {n}") for n in range(25)]
    with django_assert_num_queries(1):
        assert open_batch(items) == [f"text {n}" for n in range(25)]
    with django_assert_num_queries(0):
        assert open_batch([]) == []


def test_a_key_fetched_again_seals_for_the_same_scope(place):
    made = _new_key(place, Scope.CASE)
    where = {
        "municipality_id": place[0],
        "agency_id": place[1],
        "scope": Scope.CASE,
        "scope_id": made.scope_id,
    }
    fetched = data_key(**where)
    assert fetched.id == made.id
    row_id = uuid4()
    sealed = seal("samma", key=fetched, field=UID, row_id=row_id)
    assert open_batch([(sealed, _binding(place, row_id))]) == ["samma"]


def test_a_value_moved_to_another_cell_does_not_open(place):
    sealed, at = _sealed(place)
    elsewhere = [
        Binding("cases.concern.other", at.municipality_id, at.agency_id, at.row_id),
        Binding(at.field, uuid4(), at.agency_id, at.row_id),
        Binding(at.field, at.municipality_id, uuid4(), at.row_id),
        Binding(at.field, at.municipality_id, at.agency_id, uuid4()),
    ]
    for binding in elsewhere:
        with pytest.raises(SealBroken):
            open_batch([(sealed, binding)])
        with pytest.raises(SealBroken):
            open_batch([(Sealed(token_of(sealed), uid=binding.field), binding)])
        # Behind a value that stands where it was sealed, which must lend nothing of its place.
        with pytest.raises(SealBroken):
            open_batch([(sealed, at), (Sealed(token_of(sealed), uid=binding.field), binding)])
    assert open_batch([(sealed, at)]) == ["Åsa kom för sent"]


def test_a_value_given_another_scopes_key_does_not_open(place):
    sealed, at = _sealed(place, scope=Scope.DRAFT)
    other = _new_key(place, Scope.CONCERN)
    token = bytearray(token_of(sealed))
    token[2:18] = other.id.bytes
    with pytest.raises(SealBroken):
        open_batch([(Sealed(bytes(token), uid=UID), at)])


def test_every_flipped_byte_is_refused(place):
    sealed, at = _sealed(place)
    whole = token_of(sealed)
    for position in range(len(whole)):
        changed = bytearray(whole)
        changed[position] ^= 0x01
        # A byte of the key id names a key that is not there; every other breaks the seal.
        with pytest.raises(KeyMissing if 2 <= position < 18 else SealBroken):
            open_batch([(Sealed(bytes(changed), uid=UID), at)])


@pytest.mark.parametrize("column", ["scope", "scope_id", "municipality_key_id", "wrapped"])
def test_a_key_row_edited_in_the_database_does_not_open(column, committed, superuser):
    place = uuid4(), uuid4()
    with transaction.atomic():
        enter(*place)
        sealed, at = _sealed(place)
        other = _new_key(place)
        municipality_keys.index_root(place[0], version=1)
    value = {
        "scope": "'case'",
        "scope_id": "gen_random_uuid()",
        "municipality_key_id": "(SELECT id FROM keys.municipality_key m WHERE kind = 'index'"
        " AND m.municipality_id = d.municipality_id)",
        "wrapped": f"(SELECT wrapped FROM keys.data_key WHERE id = '{other.id}')",
    }[column]
    key_id = UUID(bytes=token_of(sealed)[2:18])
    superuser.execute(f"UPDATE keys.data_key d SET {column} = {value} WHERE id = '{key_id}'")
    with transaction.atomic():
        enter(*place)
        with pytest.raises(SealBroken):
            open_batch([(sealed, at)])


def test_a_destroyed_key_opens_nothing_and_stays_destroyed(place):
    scope_id = uuid4()
    sealed, at = _sealed(place, scope=Scope.DRAFT, scope_id=scope_id)
    where = {
        "municipality_id": place[0],
        "agency_id": place[1],
        "scope": Scope.DRAFT,
        "scope_id": scope_id,
    }
    destroy_data_key(**where)
    destroy_data_key(**where)
    with pytest.raises(KeyDestroyed):
        open_batch([(sealed, at)])
    with pytest.raises(KeyDestroyed):
        data_key(**where)
    assert DataKeyRow.objects.get(scope_id=scope_id).wrapped is None
    with pytest.raises(ProgrammingError, match="stays destroyed"), transaction.atomic():
        DataKeyRow.objects.filter(scope_id=scope_id).update(wrapped=None)


def test_a_key_that_never_was_is_missing_and_not_destroyed(place):
    where = {
        "municipality_id": place[0],
        "agency_id": place[1],
        "scope": Scope.CASE,
        "scope_id": uuid4(),
    }
    with pytest.raises(KeyMissing):
        data_key(**where)
    with pytest.raises(KeyMissing):
        destroy_data_key(**where)


def test_another_agency_can_be_given_a_key_but_its_keys_cannot_be_read(place):
    receiver = place[0], uuid4()
    sealed, at = _sealed(receiver, "till polisen", scope=Scope.RELEASE)
    with pytest.raises(KeyMissing):
        open_batch([(sealed, at)])
    enter(*receiver)
    assert open_batch([(sealed, at)]) == ["till polisen"]


def test_another_municipality_can_be_given_nothing(place):
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        _new_key((uuid4(), place[1]))


@pytest.mark.parametrize("model", [DataKeyRow, MunicipalityKey])
@pytest.mark.parametrize("setting", ["", "unset"])
def test_without_a_partition_the_tables_are_an_error(model, setting, committed):
    place = uuid4(), uuid4()
    with transaction.atomic():
        enter(*place)
        _new_key(place)
    if setting == "unset":
        connection.close()
    with transaction.atomic():
        if setting == "":
            enter("", "")
        with pytest.raises((DataError, ProgrammingError)):
            list(model.objects.all())


def test_the_web_cannot_change_or_delete_keys(place):
    _new_key(place)
    for statement in (
        "DELETE FROM keys.data_key",
        "UPDATE keys.data_key SET scope = 'case'",
        "UPDATE keys.data_key SET wrapped = 'x', destroyed_at = NULL",
        "DELETE FROM keys.municipality_key",
        "UPDATE keys.municipality_key SET wrapped = 'x'",
        "DELETE FROM keys.platform_key",
        "TRUNCATE keys.data_key",
    ):
        with (
            pytest.raises(ProgrammingError, match=r"denied|row-level security"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_two_processes_that_come_first_agree_on_the_municipality_key(committed):
    municipality_id, together = uuid4(), threading.Barrier(2, timeout=60)
    found: list[UUID] = []

    def first_use() -> None:
        with transaction.atomic():
            enter(municipality_id, uuid4())
            together.wait()
            found.append(municipality_keys.wrapping_key(municipality_id)[0])
        connection.close()

    threads = [threading.Thread(target=first_use) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(found) == 2
    assert found[0] == found[1]


def test_a_municipality_key_that_was_rolled_back_is_not_used_again(committed):
    place = uuid4(), uuid4()
    with transaction.atomic():
        enter(*place)
        municipality_keys.wrapping_key(place[0])
        transaction.set_rollback(True)
    with transaction.atomic():
        enter(*place)
        sealed, at = _sealed(place)
    municipality_keys._unwrapped.clear()
    with transaction.atomic():
        enter(*place)
        assert open_batch([(sealed, at)]) == ["Åsa kom för sent"]


def test_another_master_key_is_named_as_such(place):
    sealed, at = _sealed(place)
    municipality_keys._unwrapped.clear()
    with override_settings(SSPF_MASTER_KEY=bytes(32)), pytest.raises(WrongMasterKey):
        open_batch([(sealed, at)])
    assert open_batch([(sealed, at)]) == ["Åsa kom för sent"]


def test_the_index_differs_between_agencies_municipalities_and_versions(place):
    def index(
        value: str = "189001019802",
        agency_id: UUID = place[1],
        municipality_id: UUID = place[0],
    ) -> bytes:
        enter(municipality_id, agency_id)
        return blind_index(value, municipality_id=municipality_id, agency_id=agency_id)

    same = index()
    assert len(same) == 16
    assert index() == same
    assert len({same, index("189001019803"), index(agency_id=uuid4())}) == 3
    assert index(municipality_id=uuid4()) != same
    enter(*place)
    with pytest.raises(KeyMissing):
        blind_index("x", municipality_id=place[0], agency_id=place[1], version=2)
    with pytest.raises(ValueError, match="empty"):
        blind_index("", municipality_id=place[0], agency_id=place[1])


def test_only_a_look_up_that_finds_nothing_asks_which_keys_are_in_force(
    place, django_assert_num_queries
):
    where = {"municipality_id": place[0], "agency_id": place[1]}
    stored = blind_index("x", **where)

    def sought(indexes: list[bytes]) -> list[bytes]:
        return [index for index in indexes if index == stored]

    with django_assert_num_queries(0):
        assert look_up("x", sought, **where) == [stored]
    with django_assert_num_queries(1):
        assert look_up("y", sought, **where) == []
    municipality_keys._last_in_force.clear()
    with django_assert_num_queries(1):
        assert look_up("x", sought, **where) == [stored]


def test_the_index_key_is_not_the_wrapping_key(place):
    blind_index("x", municipality_id=place[0], agency_id=place[1])
    _new_key(place)
    assert set(MunicipalityKey.objects.values_list("kind", flat=True)) == {"wrap", "index"}


def test_a_platform_secret_opens_for_its_purpose_only(db):
    token = seal_system(b"otpauth seed", purpose="mfa")
    assert open_system(token, purpose="mfa") == b"otpauth seed"
    assert b"otpauth" not in token
    with pytest.raises(SealBroken):
        open_system(token, purpose="api")
    for position in range(len(token)):
        changed = bytearray(token)
        changed[position] ^= 0x01
        with pytest.raises((SealBroken, KeyMissing)):
            open_system(bytes(changed), purpose="mfa")
    with pytest.raises(ValueError, match="purpose"):
        seal_system(b"x", purpose="")


def test_values_and_values_list_give_seals(db):
    seal_system(b"x", purpose="makes sure there is a row")
    row = PlatformKey.objects.annotate(
        text=RawSQL("%s::bytea", [b"\x01token"], output_field=SealedField(uid=UID))
    )
    for found in (
        row.values("text")[0]["text"],
        row.values_list("text", flat=True)[0],
        row.values_list("text")[0][0],
        row.get().text,
        next(row.iterator()).text,
    ):
        assert isinstance(found, Sealed)
        assert str(found) == "‹förseglat›"


def test_a_failure_to_open_shows_no_text(place):
    sealed, at = _sealed(place, "ZQKANARIEFAGEL")
    wrong = Binding(at.field, at.municipality_id, at.agency_id, uuid4())
    with pytest.raises(SealBroken) as caught:
        open_batch([(sealed, at), (sealed, wrong)])
    report = traceback.TracebackException.from_exception(caught.value, capture_locals=False)
    assert "ZQKANARIEFAGEL" not in "".join(report.format())


def test_the_models_tell_the_columns_that_exist(db):
    for model in (DataKeyRow, MunicipalityKey, PlatformKey):
        schema, table = model._meta.db_table.replace('"', "").split(".")
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_schema = %s AND table_name = %s",
                [schema, table],
            )
            columns = {name for (name,) in cursor.fetchall()}
        assert columns == {field.column for field in model._meta.local_fields}
