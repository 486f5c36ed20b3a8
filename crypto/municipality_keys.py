"""The middle tier: keys of a municipality and of the platform, wrapped by the master key (design D7).

They are made at their first use, by whichever process comes first. Unwrapped ones stay in the process for a
few minutes under their random id, so one that a rolled back transaction made is never met again.
"""

from typing import Any
from uuid import UUID, uuid4

from django.db import connection

from crypto.cache import Cache
from crypto.errors import KeyDestroyed, KeyMissing
from crypto.master import chosen_for, master_key, wrap_surely
from crypto.material import KeyMaterial

WRAP = "wrap"
INDEX = "index"

_unwrapped = Cache[bytes, KeyMaterial](seconds=300, entries=1024)
# Of each municipality's index keys: the versions in force when last asked, and the places of their keys above.
_last_in_force = Cache[UUID, list[tuple[int, bytes]]](seconds=300, entries=1024)


def wrapping_key(municipality_id: UUID) -> tuple[UUID, KeyMaterial]:
    """The newest key that wraps a municipality's data keys, with its id."""
    return _stored(municipality_id, WRAP, version=None)


def index_root(municipality_id: UUID, *, version: int) -> KeyMaterial:
    """The key that blind index keys come from; apart from the other, so that each can be rotated alone."""
    return _stored(municipality_id, INDEX, version=version)[1]


def index_roots(municipality_id: UUID) -> list[tuple[int, KeyMaterial]]:
    """Every version that a stored index may be of, the newest first; made at first use."""
    found = _live_roots(municipality_id)
    if not found:
        _stored(municipality_id, INDEX, version=1)
        found = _live_roots(municipality_id)
    _last_in_force.put(municipality_id, [(row[3], place_of(*row[:4])) for row in found])
    return [(row[3], unwrap(*row)) for row in found]


def index_roots_at_hand(municipality_id: UUID) -> list[tuple[int, KeyMaterial]]:
    """Those in force when this process last asked; maybe none, and never to store by."""
    places = _last_in_force.get(municipality_id) or []
    roots = [(version, _unwrapped.get(place)) for version, place in places]
    return [(version, root) for version, root in roots if root is not None]


def unwrap(  # noqa: PLR0917  in the order of the columns
    key_id: UUID,
    municipality_id: UUID,
    kind: str,
    version: int,
    provider: str,
    wrapped: bytes | None,
) -> KeyMaterial:
    """A stored municipality key made usable."""
    return _unwrap(provider, wrapped, place_of(key_id, municipality_id, kind, version))


def platform_key(key_id: UUID | None = None) -> tuple[UUID, KeyMaterial]:
    """The key of secrets that belong to no municipality: the one of that id, or the newest."""
    with connection.cursor() as cursor:
        row = _platform_row(cursor, key_id)
        if row is None and key_id is None:
            make_platform_key(cursor, version=1)
            row = _platform_row(cursor, None)
    if row is None:
        raise KeyMissing("there is no such platform key")
    found_id, provider, wrapped = row
    return found_id, _unwrap(provider, wrapped, platform_place_of(found_id))


def _stored(municipality_id: UUID, kind: str, *, version: int | None) -> tuple[UUID, KeyMaterial]:
    with connection.cursor() as cursor:
        row = _row(cursor, municipality_id, kind, version)
        if row is None and version in (None, 1):
            make_municipality_key(cursor, municipality_id, kind, version=1)
            # Another process may have been first; the row that stands is the one to use.
            row = _row(cursor, municipality_id, kind, version)
    if row is None:
        raise KeyMissing("the municipality has no such key")
    key_id, found_version, provider, wrapped = row
    return key_id, unwrap(key_id, municipality_id, kind, found_version, provider, wrapped)


def _live_roots(municipality_id: UUID) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, municipality_id, kind, version, provider, wrapped FROM keys.municipality_key"
            " WHERE municipality_id = %s AND kind = 'index' AND wrapped IS NOT NULL"
            " ORDER BY version DESC",
            [municipality_id],
        )
        return cursor.fetchall()


def _row(cursor: Any, municipality_id: UUID, kind: str, version: int | None) -> Any:
    cursor.execute(
        "SELECT id, version, provider, wrapped FROM keys.municipality_key"
        " WHERE municipality_id = %s AND kind = %s AND version = coalesce(%s, version)"
        " ORDER BY version DESC LIMIT 1",
        [municipality_id, kind, version],
    )
    return cursor.fetchone()


def make_municipality_key(cursor: Any, municipality_id: UUID, kind: str, *, version: int) -> None:
    """Store a new key, wrapped by the municipality's provider; nothing where that version is there already."""
    key_id, provider = uuid4(), chosen_for(municipality_id)
    place = place_of(key_id, municipality_id, kind, version)
    wrapped = wrap_surely(provider, [(KeyMaterial.generate(), place)])
    cursor.execute(
        "INSERT INTO keys.municipality_key (id, municipality_id, kind, version, provider, wrapped)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        [key_id, municipality_id, kind, version, provider.name, wrapped[0]],
    )


def make_platform_key(cursor: Any, *, version: int) -> None:
    """Store a new key of the platform; nothing where that version is there already."""
    key_id, provider = uuid4(), chosen_for(None)
    wrapped = wrap_surely(provider, [(KeyMaterial.generate(), platform_place_of(key_id))])
    cursor.execute(
        "INSERT INTO keys.platform_key (id, version, provider, wrapped)"
        " VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
        [key_id, version, provider.name, wrapped[0]],
    )


def _platform_row(cursor: Any, key_id: UUID | None) -> Any:
    cursor.execute(
        "SELECT id, provider, wrapped FROM keys.platform_key WHERE id = coalesce(%s, id)"
        " ORDER BY version DESC LIMIT 1",
        [key_id],
    )
    return cursor.fetchone()


def _unwrap(provider: str, wrapped: bytes | None, place: bytes) -> KeyMaterial:
    known = _unwrapped.get(place)
    if known is None:
        if wrapped is None:
            raise KeyDestroyed("the key was destroyed when another had taken its place")
        (known,) = master_key(provider).unwrap_all([(wrapped, place)])
        _unwrapped.put(place, known)
    return known


def place_of(key_id: UUID, municipality_id: UUID, kind: str, version: int) -> bytes:
    if municipality_id == UUID(int=0):
        raise ValueError("the platform has no municipality key")
    head = b"sspf/municipality-key/v1\0" + key_id.bytes + municipality_id.bytes
    return head + version.to_bytes(4, "big") + kind.encode("ascii")


def platform_place_of(key_id: UUID) -> bytes:
    return b"sspf/platform-key/v1\0" + key_id.bytes
