"""A municipality's index key: a second version beside the first, every blind index made anew, then only the second."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from crypto import token
from crypto.blind import index_key, keyed
from crypto.errors import SealBroken
from crypto.keys import SELECT, DataKey, usable
from crypto.material import KeyMaterial
from crypto.municipality_keys import INDEX, index_roots
from crypto.rotation.cells import AT_ONCE, SealedTable, sealed_tables
from crypto.rotation.municipality import destroy_versions, publish_version
from crypto.rotation.state import NOBODY, Page, Rotation, change, rows


class IndexJob:
    kind = "index"

    def __init__(self, municipality_id: UUID, agencies: Sequence[UUID]) -> None:
        self.municipality_id = municipality_id
        self.agency_id = NOBODY
        self._steps = [
            (agency_id, table, column)
            for agency_id in sorted(agencies)
            for table in sealed_tables()
            for column in table.indexes
        ]
        self._unclear = 0

    def total(self) -> int:
        # Nobody sees all agencies at once: how many there are is known when all have been met.
        return 0

    def publish(self, rotation: Rotation) -> bool:
        index_roots(self.municipality_id)
        publish_version(self.municipality_id, INDEX, rotation)
        return False

    def agency_at(self, rotation: Rotation) -> UUID:
        """Whose partition the next page is in."""
        return self._steps[self._step(rotation)][0] if self._steps else NOBODY

    def page(self, rotation: Rotation) -> Page:
        if not self._steps:
            return Page("")
        if not rotation.position:
            self._unclear = 0
        step = self._step(rotation)
        agency_id, table, column = self._steps[step]
        after = UUID(rotation.position.partition("|")[2]) if rotation.position else NOBODY
        columns = [column, table.indexes[column]]
        taken, ids = table.page(columns, self.municipality_id, agency_id, after)
        changed = self._make_anew(table, column, agency_id, taken)
        if len(ids) == AT_ONCE:
            position = f"{step}|{ids[-1]}"
        else:
            position = f"{step + 1}|{NOBODY}" if step + 1 < len(self._steps) else ""
        return Page(position, seen=len(ids), changed=changed, held=len(ids) - len(taken))

    def destroy(self, rotation: Rotation) -> int:
        # An index beside a damaged value cannot be made anew: as long as there is one, its key is kept.
        return destroy_versions(self.municipality_id, INDEX, "false" if self._unclear else "true")

    def _step(self, rotation: Rotation) -> int:
        return min(int(rotation.position.partition("|")[0] or 0), len(self._steps) - 1)

    def _make_anew(self, table: SealedTable, column: str, agency_id: UUID, taken: list[Any]) -> int:
        """Each index that is of an older version becomes one of the newest."""
        by_id = usable(
            rows(
                f"{SELECT} WHERE d.id = ANY(%s) AND d.wrapped IS NOT NULL",
                [[token.key_of(cell) for _id, cell, held in taken if cell and held]],
            )
        )
        versions = [
            index_key(root, self.municipality_id, agency_id, version)
            for version, root in index_roots(self.municipality_id)
        ]
        anew: list[tuple[UUID, bytes]] = []
        for row_id, cell, held in taken:
            # A row whose key is destroyed has no value any more, and its index finds nothing.
            if cell and held and token.key_of(cell) in by_id:
                key = by_id[token.key_of(cell)]
                fresh = self._fresh(cell, held, key, (table.uids[column], row_id), versions)
                if fresh is None:
                    self._unclear += 1
                elif fresh != held:
                    anew.append((row_id, fresh))
        if anew:
            change(
                f'UPDATE "{table.name}" t SET "{table.indexes[column]}" = v.anew'  # noqa: S608
                " FROM unnest(%s::uuid[], %b::bytea[]) AS v (id, anew) WHERE t.id = v.id",
                [[row_id for row_id, _fresh in anew], [fresh for _id, fresh in anew]],
            )
        return len(anew)

    @staticmethod
    @sensitive_variables()
    def _fresh(
        cell: bytes,
        held: bytes,
        key: DataKey,
        at: tuple[str, UUID],
        versions: Sequence[KeyMaterial],
    ) -> bytes | None:
        """The newest index of the value; None where the value, or the index it has, is damaged."""
        uid, row_id = at
        place = token.Place(
            uid, key.municipality_id, key.agency_id, row_id, str(key.scope), key.scope_id
        )
        try:
            body = key.material.decrypt(
                token.split(cell)[1], aad=token.associated_data(place, key.id)
            )
            value = token.unpad(token.TEXT, body).decode()
        except SealBroken:
            return None
        indexes = [keyed(value, version) for version in versions]
        return indexes[0] if held in indexes else None
