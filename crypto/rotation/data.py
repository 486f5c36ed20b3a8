"""Data keys of one agency: new versions, and every cell that an older one sealed, sealed anew.

A file's own key is such a cell (`crypto.file_seal`): it is sealed anew, its chunks stay as they are.
"""

from typing import Any
from uuid import UUID, uuid4

from django.views.decorators.debug import sensitive_variables

from crypto import municipality_keys, token
from crypto.errors import SealBroken
from crypto.keys import SELECT, DataKey, place_of, usable
from crypto.material import KeyMaterial
from crypto.rotation.cells import AT_ONCE, SealedTable, sealed_tables
from crypto.rotation.state import NOBODY, Page, Rotation, change, rows

KEYS_AT_ONCE = 500

# A version that a newer one of the same scope has replaced, and that is still there.
_REPLACED = """
    SELECT o.id FROM keys.data_key o
     WHERE o.municipality_id = %s AND o.agency_id = %s AND o.wrapped IS NOT NULL
       AND EXISTS (SELECT FROM keys.data_key n WHERE n.municipality_id = o.municipality_id
                   AND n.agency_id = o.agency_id AND n.scope = o.scope AND n.scope_id = o.scope_id
                   AND n.version > o.version)
"""
# Keys that nobody has made a newer version of since the rotation began.
_NEWEST = """
    SELECT o.scope, o.scope_id, o.version FROM keys.data_key o
     WHERE o.municipality_id = %s AND o.agency_id = %s AND o.wrapped IS NOT NULL AND o.created_at < %s
       AND NOT EXISTS (SELECT FROM keys.data_key n WHERE n.municipality_id = o.municipality_id
                       AND n.agency_id = o.agency_id AND n.scope = o.scope
                       AND n.scope_id = o.scope_id AND n.version > o.version)
     LIMIT %s
"""


class DataJob:
    kind = "data"

    def __init__(self, municipality_id: UUID, agency_id: UUID) -> None:
        self.municipality_id = municipality_id
        self.agency_id = agency_id
        self._place = [municipality_id, agency_id]
        self._tables = {table.name: table for table in sealed_tables()}

    def total(self) -> int:
        return sum(
            int(
                rows(
                    f'SELECT count(*) FROM "{name}" WHERE municipality_id = %s AND agency_id = %s',  # noqa: S608
                    self._place,
                )[0][0]
            )
            for name in self._tables
        )

    def publish(self, rotation: Rotation) -> bool:
        # The lock makes an erasure wait and then see the new version too (crypto.keys.destroy_data_key).
        values = [*self._place, rotation.started_at, KEYS_AT_ONCE]
        found = rows(_NEWEST + " FOR NO KEY UPDATE OF o SKIP LOCKED", values)
        if not found:
            return bool(rows(_NEWEST, values))
        wrapping_id, wrapping = municipality_keys.wrapping_key(self.municipality_id)
        made: list[tuple[Any, ...]] = []
        for scope, scope_id, version in found:
            key_id = uuid4()
            place = place_of(
                key_id, self.municipality_id, self.agency_id, scope, scope_id, wrapping_id
            )
            wrapped = wrapping.wrap(KeyMaterial.generate(), aad=place)
            made.append((key_id, scope, scope_id, version + 1, wrapped))
        change(
            "INSERT INTO keys.data_key (id, municipality_id, agency_id, scope, scope_id, version,"
            " municipality_key_id, wrapped)"
            " SELECT v.id, %s, %s, v.scope, v.scope_id, v.version, %s, v.wrapped"
            " FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::int[], %b::bytea[])"
            " AS v (id, scope, scope_id, version, wrapped)",
            [*self._place, wrapping_id, *(list(column) for column in zip(*made, strict=True))],
        )
        return True

    def page(self, rotation: Rotation) -> Page:
        name, _, after = rotation.position.partition("|")
        names = [other for other in sorted(self._tables) if other >= name]
        for place, other in enumerate(names):
            table = self._tables[other]
            start = UUID(after) if after and other == name else NOBODY
            columns = list(table.uids)
            taken, ids = table.page(columns, self.municipality_id, self.agency_id, start)
            if not ids:
                continue
            full, rest = len(ids) == AT_ONCE, names[place + 1 :]
            position = f"{other}|{ids[-1]}" if full else f"{rest[0]}|" if rest else ""
            changed = self._seal_anew(table, columns, taken)
            return Page(position, seen=len(ids), changed=changed, held=len(ids) - len(taken))
        return Page("")

    def destroy(self, rotation: Rotation) -> int:
        used: set[UUID] = set()
        for table in self._tables.values():
            for column in table.uids:
                used |= {
                    row[0] for row in rows(self._still_used(table, column), [*self._place] * 2)
                }
        change(
            "UPDATE keys.data_key SET wrapped = NULL, destroyed_at = now()"  # noqa: S608
            f" WHERE id IN ({_REPLACED}) AND NOT id = ANY(%s)",
            [*self._place, list(used)],
        )
        return len(used)

    @staticmethod
    def _still_used(table: SealedTable, column: str) -> str:
        """The replaced keys that a cell of this column names."""
        return (
            f'SELECT DISTINCT r.id FROM "{table.name}" t JOIN ({_REPLACED}) r'  # noqa: S608
            f' ON substring(t."{column}" FROM 3 FOR 16) = uuid_send(r.id)'
            " WHERE t.municipality_id = %s AND t.agency_id = %s"
        )

    @sensitive_variables()
    def _seal_anew(self, table: SealedTable, columns: list[str], taken: list[Any]) -> int:
        keys = self._keys({token.key_of(cell) for row in taken for cell in row[1:] if cell})
        ids: list[UUID] = []
        anew: list[list[bytes | None]] = [[] for _ in columns]
        for row_id, *cells in taken:
            fresh = [
                self._anew(cell, keys, table.uids[column], row_id)
                for column, cell in zip(columns, cells, strict=True)
            ]
            if any(fresh):
                ids.append(row_id)
                for column, value in zip(anew, fresh, strict=True):
                    column.append(value)
        if ids:
            sets = ", ".join(f'"{c}" = coalesce(v.c{n}, t."{c}")' for n, c in enumerate(columns))
            named = ", ".join(f"c{n}" for n in range(len(columns)))
            change(
                f'UPDATE "{table.name}" t SET {sets}'  # noqa: S608
                f" FROM unnest(%s::uuid[]{', %b::bytea[]' * len(columns)}) AS v (id, {named})"
                " WHERE t.id = v.id",
                [ids, *anew],
            )
        return len(ids)

    def _keys(self, ids: set[UUID]) -> dict[UUID, tuple[DataKey, DataKey]]:
        """Of these keys, those that are replaced, each with the newest of its scope.

        Asked key by key and compared here: put as one question about all that is replaced, a database that has not
        counted its rows lately went through the agency's keys once for each, with the page's rows locked meanwhile.
        """
        if not ids:
            return {}
        here = "d.municipality_id = %s AND d.agency_id = %s AND d.wrapped IS NOT NULL"
        found = rows(f"{SELECT} WHERE d.id = ANY(%s) AND {here}", [list(ids), *self._place])
        newest = {
            (row[3], row[4]): row
            for row in rows(
                f"{SELECT} WHERE {here}"  # noqa: S608 - both are this file's and `crypto.keys`' own words
                " AND (d.scope, d.scope_id) IN (SELECT * FROM unnest(%s::text[], %s::uuid[]))"
                " ORDER BY d.version",
                [*self._place, [row[3] for row in found], [row[4] for row in found]],
            )
        }
        # A scope that is missing by now has just been erased.
        pairs = ((row[0], newest.get((row[3], row[4]))) for row in found)
        replaced = {key_id: new for key_id, new in pairs if new and new[0] != key_id}
        old = usable(row for row in found if row[0] in replaced)
        new = usable({row[0]: row for row in replaced.values()}.values())
        return {key_id: (old[key_id], new[row[0]]) for key_id, row in replaced.items()}

    def _anew(
        self, cell: bytes | None, keys: dict[UUID, tuple[DataKey, DataKey]], uid: str, row_id: UUID
    ) -> bytes | None:
        """The cell sealed with the newest key; None where it is not replaced, or does not open."""
        if cell is None or token.key_of(cell) not in keys:
            return None
        old, new = keys[token.key_of(cell)]
        place = token.Place(
            uid, old.municipality_id, old.agency_id, row_id, str(old.scope), old.scope_id
        )
        try:
            return token.join(
                new.id,
                new.material.encrypt(
                    old.material.decrypt(
                        token.split(cell)[1], aad=token.associated_data(place, old.id)
                    ),
                    aad=token.associated_data(place, new.id),
                ),
            )
        except SealBroken:
            # Somebody has damaged it. Its key is kept, and the rotation says that one was.
            return None
