"""A municipality's wrapping key: a new version, and every data key wrapped anew under it."""

from typing import Any
from uuid import UUID

import psycopg
from django.db import connection, transaction

from crypto import municipality_keys
from crypto.errors import SealBroken
from crypto.keys import place_of
from crypto.material import KeyMaterial
from crypto.municipality_keys import WRAP
from crypto.rotation.state import NOBODY, Page, Rotation, change, rows

AT_ONCE = 1_000

_OLD = """
    SELECT o.id, o.municipality_id, o.kind, o.version, o.provider, o.wrapped FROM keys.municipality_key o
     WHERE o.municipality_id = %s AND o.kind = 'wrap' AND o.wrapped IS NOT NULL
       AND o.version < (SELECT max(version) FROM keys.municipality_key
                         WHERE municipality_id = o.municipality_id AND kind = 'wrap')
"""
# In the order of the table's unique index.
_PAGE = """
    SELECT id, agency_id, scope, scope_id, version, municipality_key_id, wrapped FROM keys.data_key
     WHERE municipality_id = %s AND (agency_id, scope, scope_id, version) > (%s, %s, %s, %s)
       AND municipality_key_id = ANY(%s) AND wrapped IS NOT NULL
     ORDER BY agency_id, scope, scope_id, version LIMIT %s
"""


class MunicipalityJob:
    kind = "municipality"

    def __init__(self, municipality_id: UUID) -> None:
        self.municipality_id = municipality_id
        self.agency_id = NOBODY

    def total(self) -> int:
        found = rows(
            "SELECT count(*) FROM keys.data_key WHERE municipality_id = %s AND wrapped IS NOT NULL",
            [self.municipality_id],
        )
        return int(found[0][0])

    def publish(self, rotation: Rotation) -> bool:
        publish_version(self.municipality_id, WRAP, rotation)
        return False

    def page(self, rotation: Rotation) -> Page:
        old = {row[0]: municipality_keys.unwrap(*row) for row in rows(_OLD, [self.municipality_id])}
        new_id, new = municipality_keys.wrapping_key(self.municipality_id)
        after = (
            rotation.position.split("|") if rotation.position else [str(NOBODY), "", str(NOBODY), 0]
        )
        values = [self.municipality_id, *after, list(old), AT_ONCE]
        found = rows(_PAGE, values)
        anew = self._anew(found, old, new_id, new)
        held = 0
        try:
            # Shorter than PostgreSQL's search for deadlocks: where two wait for each other, it is this one
            # that gives way.
            change("SET LOCAL lock_timeout = '50ms'", [])
            with transaction.atomic():
                _wrap_anew(anew, new_id, list(old))
        except psycopg.errors.LockNotAvailable:
            # Somebody holds one of the rows: those that are free now, the others in the next pass.
            free = {row[0] for row in rows(_PAGE + " FOR NO KEY UPDATE SKIP LOCKED", values)}
            held = len(found) - len(free)
            anew = [one for one in anew if one[0] in free]
            _wrap_anew(anew, new_id, list(old))
        last = "|".join(str(part) for part in found[-1][1:5]) if len(found) == AT_ONCE else ""
        return Page(last, seen=len(found), changed=len(anew), held=held)

    def _anew(
        self, found: list[Any], old: dict[UUID, KeyMaterial], new_id: UUID, new: KeyMaterial
    ) -> list[tuple[UUID, bytes]]:
        anew: list[tuple[UUID, bytes]] = []
        for key_id, agency_id, scope, scope_id, _version, by, wrapped in found:
            place = (key_id, self.municipality_id, agency_id, scope, scope_id)
            try:
                fresh = old[by].rewrap(
                    wrapped, aad=place_of(*place, by), to=new, to_aad=place_of(*place, new_id)
                )
            except SealBroken:
                # Somebody has damaged it. The old key is kept, and the rotation says so.
                continue
            anew.append((key_id, fresh))
        return anew

    def destroy(self, rotation: Rotation) -> int:
        return destroy_versions(
            self.municipality_id,
            WRAP,
            "NOT EXISTS (SELECT FROM keys.data_key d WHERE d.municipality_id = o.municipality_id"
            " AND d.municipality_key_id = o.id AND d.wrapped IS NOT NULL)",
        )


def _wrap_anew(anew: list[tuple[UUID, bytes]], new_id: UUID, old: list[UUID]) -> None:
    """Compare and set: a key that was destroyed or wrapped anew meanwhile is left alone."""
    if anew:
        change(
            "UPDATE keys.data_key d SET municipality_key_id = %s, wrapped = v.wrapped"
            " FROM unnest(%s::uuid[], %b::bytea[]) AS v (id, wrapped)"
            " WHERE d.id = v.id AND d.municipality_key_id = ANY(%s) AND d.wrapped IS NOT NULL",
            [new_id, [key_id for key_id, _fresh in anew], [fresh for _id, fresh in anew], old],
        )


def publish_version(municipality_id: UUID, kind: str, rotation: Rotation) -> None:
    """Make one version more than there was when the rotation began."""
    found = rows(
        "SELECT max(version), bool_or(created_at >= %s) FROM keys.municipality_key"
        " WHERE municipality_id = %s AND kind = %s",
        [rotation.started_at, municipality_id, kind],
    )
    newest, made = found[0]
    if not made:
        with connection.cursor() as cursor:
            municipality_keys.make_municipality_key(
                cursor, municipality_id, kind, version=(newest or 0) + 1
            )


def destroy_versions(municipality_id: UUID, kind: str, unused: str) -> int:
    """Empty the older versions that are unused; the number of those that are not."""
    older = (
        "o.municipality_id = %s AND o.kind = %s AND o.wrapped IS NOT NULL AND o.version <"
        " (SELECT max(version) FROM keys.municipality_key WHERE municipality_id = o.municipality_id"
        " AND kind = o.kind)"
    )
    change(
        "UPDATE keys.municipality_key o SET wrapped = NULL, destroyed_at = now()"  # noqa: S608
        f" WHERE {older} AND {unused}",
        [municipality_id, kind],
    )
    left = rows(
        f"SELECT count(*) FROM keys.municipality_key o WHERE {older}",  # noqa: S608
        [municipality_id, kind],
    )
    return int(left[0][0])
