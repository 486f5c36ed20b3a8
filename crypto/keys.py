"""Data keys: one for each draft, concern, person, case and release, wrapped by its municipality's key (D7)."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django.db import connection

from crypto import municipality_keys
from crypto.errors import KeyDestroyed, KeyMissing
from crypto.material import KeyMaterial
from crypto.opaque import Opaque


class Scope(StrEnum):
    """What a data key covers, and so what is erased when it is destroyed."""

    DRAFT = "draft"
    CONCERN = "concern"
    PERSON = "person"
    CASE = "case"
    RELEASE = "release"
    FORM = "form"
    SYSTEM = "system"


class DataKey(Opaque):
    """A data key ready for use; hold it no longer than the request."""

    __slots__ = ("agency_id", "id", "material", "municipality_id", "scope", "scope_id")
    label: ClassVar[str] = "‹nyckel›"

    def __init__(
        self,
        material: KeyMaterial,
        *,
        id: UUID,  # noqa: A002  every row has an id
        municipality_id: UUID,
        agency_id: UUID,
        scope: Scope,
        scope_id: UUID,
    ) -> None:
        self.material = material
        self.id = id
        self.municipality_id = municipality_id
        self.agency_id = agency_id
        self.scope = scope
        self.scope_id = scope_id


SELECT = """
    SELECT d.id, d.municipality_id, d.agency_id, d.scope, d.scope_id, d.wrapped,
           m.id, m.municipality_id, m.kind, m.version, m.provider, m.wrapped
      FROM keys.data_key d JOIN keys.municipality_key m ON m.id = d.municipality_key_id
"""
_DESTROY = """
    UPDATE keys.data_key SET wrapped = NULL, destroyed_at = now()
     WHERE municipality_id = %s AND agency_id = %s AND scope = %s AND scope_id = %s
       AND destroyed_at IS NULL
"""


def new_data_key(
    *, municipality_id: UUID, agency_id: UUID, scope: Scope, scope_id: UUID
) -> DataKey:
    """Make and store the key of something new; also of something dropped into another agency's intake."""
    key_id = uuid4()
    wrapping_id, wrapping = municipality_keys.wrapping_key(municipality_id)
    place = place_of(key_id, municipality_id, agency_id, scope, scope_id, wrapping_id)
    material = KeyMaterial.generate()
    wrapped = wrapping.wrap(material, aad=place)
    with connection.cursor() as cursor:
        # Without RETURNING: the sender of a release may write a key that it may not read back.
        cursor.execute(
            "INSERT INTO keys.data_key (id, municipality_id, agency_id, scope, scope_id, version,"
            " municipality_key_id, wrapped) VALUES (%s, %s, %s, %s, %s, 1, %s, %s)",
            [
                key_id,
                municipality_id,
                agency_id,
                Scope(scope).value,
                scope_id,
                wrapping_id,
                wrapped,
            ],
        )
    return DataKey(
        material,
        id=key_id,
        municipality_id=municipality_id,
        agency_id=agency_id,
        scope=Scope(scope),
        scope_id=scope_id,
    )


def data_key(*, municipality_id: UUID, agency_id: UUID, scope: Scope, scope_id: UUID) -> DataKey:
    """Fetch the present key of a scope, to seal with."""
    with connection.cursor() as cursor:
        cursor.execute(
            SELECT + " WHERE d.municipality_id = %s AND d.agency_id = %s AND d.scope = %s"
            " AND d.scope_id = %s ORDER BY d.version DESC LIMIT 1",
            [municipality_id, agency_id, Scope(scope).value, scope_id],
        )
        row = cursor.fetchone()
    if row is None:
        raise KeyMissing("there is no such data key here")
    (found,) = usable([row]).values()
    return found


def data_keys(ids: Iterable[UUID]) -> dict[UUID, DataKey]:
    """Fetch many keys by id, to open with, in one query; every one must be there."""
    wanted = set(ids)
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(SELECT + " WHERE d.id = ANY(%s)", [list(wanted)])
        rows = cursor.fetchall()
    if len(rows) != len(wanted):
        raise KeyMissing("a data key is not to be found here")
    return usable(rows)


def destroy_data_key(
    *, municipality_id: UUID, agency_id: UUID, scope: Scope, scope_id: UUID
) -> None:
    """Make everything sealed under the scope unreadable; doing it twice is no fault."""
    place = [municipality_id, agency_id, Scope(scope).value, scope_id]
    with connection.cursor() as cursor:
        cursor.execute(_DESTROY, place)
        found = cursor.rowcount
        # Again, until there is nothing left: a new version may have been made while the first one was waited for.
        while cursor.rowcount:
            cursor.execute(_DESTROY, place)
        if found:
            return
        cursor.execute(
            "SELECT 1 FROM keys.data_key"
            " WHERE municipality_id = %s AND agency_id = %s AND scope = %s AND scope_id = %s",
            place,
        )
        if cursor.fetchone() is None:
            raise KeyMissing("there is no such data key here")


def usable(rows: Iterable[tuple[Any, ...]]) -> dict[UUID, DataKey]:
    """Rows of SELECT made into keys, by id. Raises KeyDestroyed."""
    known: dict[UUID, KeyMaterial] = {}
    keys: dict[UUID, DataKey] = {}
    for key_id, municipality_id, agency_id, scope, scope_id, wrapped, *stored in rows:
        if wrapped is None:
            raise KeyDestroyed("the data key was destroyed")
        # Most share one: to ask for it row by row takes as long as unwrapping with it.
        wrapping = known.get(stored[0])
        if wrapping is None:
            wrapping = known[stored[0]] = municipality_keys.unwrap(*stored)
        place = place_of(key_id, municipality_id, agency_id, scope, scope_id, stored[0])
        keys[key_id] = DataKey(
            wrapping.unwrap(wrapped, aad=place),
            id=key_id,
            municipality_id=municipality_id,
            agency_id=agency_id,
            scope=Scope(scope),
            scope_id=scope_id,
        )
    return keys


def place_of(  # noqa: PLR0917  in the order they are encoded
    key_id: UUID, municipality_id: UUID, agency_id: UUID, scope: str, scope_id: UUID, wrapping: UUID
) -> bytes:
    """The associated data that a data key is wrapped with: all that places it."""
    ids = [one.bytes for one in (key_id, municipality_id, agency_id, scope_id, wrapping)]
    # As bytes: comparing UUIDs takes three times as long, and this runs for every key of a rotation.
    if bytes(16) in ids:
        raise ValueError("an id that the key is bound to is not set")
    return b"".join((b"sspf/data-key/v1\0", *ids, scope.encode("ascii")))
