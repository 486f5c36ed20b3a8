"""The blind index: finds an exact value without storing it (design D7).

While the index key is being exchanged there are two versions, and a row has the index of either. Looking up asks
for both. Writing a unique value goes through `hold_unique` first: the constraint cannot compare two versions.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

from django.db import connection
from django.views.decorators.debug import sensitive_variables

from crypto.material import KeyMaterial
from crypto.municipality_keys import index_root, index_roots, index_roots_at_hand

SIZE = 16
T = TypeVar("T")


@sensitive_variables()
def blind_index(
    value: str, *, municipality_id: UUID, agency_id: UUID, version: int | None = None
) -> bytes:
    """Keyed hash of a normalised value, to store; equal values in two agencies give different results."""
    if version is None:
        version, root = index_roots(municipality_id)[0]
    else:
        root = index_root(municipality_id, version=version)
    return keyed(value, index_key(root, municipality_id, agency_id, version))


@sensitive_variables()
def blind_indexes(value: str, *, municipality_id: UUID, agency_id: UUID) -> list[bytes]:
    """What a row with this value may have as its index, the one to store first; usually one, two meanwhile."""
    roots = index_roots(municipality_id)
    return _under(roots, value, municipality_id, agency_id)


@sensitive_variables()
def look_up(
    value: str, find: Callable[[list[bytes]], T], *, municipality_id: UUID, agency_id: UUID
) -> T:
    """What `find` gives for the value's indexes; it gives something empty for none, and where nothing has them.

    First with the keys that were in force when this process last asked. What that finds is right whatever came after.
    Only where it finds nothing is asked which are in force now: so no rotation takes what is known for unknown.
    """
    at_hand = _under(index_roots_at_hand(municipality_id), value, municipality_id, agency_id)
    found = find(at_hand)
    if found:
        return found
    in_force = blind_indexes(value, municipality_id=municipality_id, agency_id=agency_id)
    return found if in_force == at_hand else find(in_force)


@sensitive_variables()
def _under(
    roots: Sequence[tuple[int, KeyMaterial]], value: str, municipality_id: UUID, agency_id: UUID
) -> list[bytes]:
    return [
        keyed(value, index_key(root, municipality_id, agency_id, version))
        for version, root in roots
    ]


def hold_unique(*, municipality_id: UUID, agency_id: UUID) -> None:
    """Wait for whoever registers a value in this agency, and keep others waiting until the transaction ends.

    To be called before `blind_indexes`: what is then looked up under every version and not found can be
    written without anybody writing the same under another version.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"sspf/index/{municipality_id}/{agency_id}"],
        )


def index_key(
    root: KeyMaterial, municipality_id: UUID, agency_id: UUID, version: int
) -> KeyMaterial:
    """The key of one agency's indexes; refuses an unset id."""
    if UUID(int=0) in (municipality_id, agency_id):
        raise ValueError("an id that the index is bound to is not set")
    info = b"sspf/blind/v1\0" + municipality_id.bytes + agency_id.bytes + version.to_bytes(4, "big")
    return root.derive(info)


@sensitive_variables()
def keyed(value: str, key: KeyMaterial) -> bytes:
    """The index of one value under one agency's key; an empty value has none."""
    if not value:
        raise ValueError("an empty value has no index")
    return key.mac(value.encode())[:SIZE]
