"""Keys of municipalities and of the platform, wrapped anew by the newest master key of the provider that is chosen.

So the master key is exchanged, and so a municipality moves from the local master key to a key service and back.
The keys themselves stay the same, and nothing that is sealed changes.
"""

from uuid import UUID

from crypto import municipality_keys
from crypto.master import chosen_for, master_key, wrap_surely
from crypto.rotation.state import NOBODY, Page, Rotation, change, rows


class MasterJob:
    kind = "master"

    def __init__(self, municipality_id: UUID | None) -> None:
        """None is the platform."""
        self._owner = municipality_id
        self.municipality_id = municipality_id or NOBODY
        self.agency_id = NOBODY
        # A key service cannot tell which of its versions wrapped a key, so each is wrapped anew once.
        self._wrapped_anew: set[UUID] = set()

    def total(self) -> int:
        return len(self._stored())

    def publish(self, rotation: Rotation) -> bool:
        return False

    def page(self, rotation: Rotation) -> Page:
        chosen = chosen_for(self._owner)
        stale = [
            (key_id, place, provider, wrapped)
            for key_id, place, provider, wrapped in self._stored()
            if provider != chosen.name
            or not (key_id in self._wrapped_anew or chosen.is_newest(wrapped))
        ]
        by_provider: dict[str, list[tuple[UUID, bytes, str, bytes]]] = {}
        for row in stale:
            by_provider.setdefault(row[2], []).append(row)
        for provider, group in by_provider.items():
            keys = master_key(provider).unwrap_all([(row[3], row[1]) for row in group])
            places = [row[1] for row in group]
            anew = wrap_surely(chosen, list(zip(keys, places, strict=True)))
            change(
                f"UPDATE {self._table()} k SET provider = %s, wrapped = v.anew"  # noqa: S608
                " FROM unnest(%b::uuid[], %b::bytea[], %b::bytea[]) AS v (id, held, anew)"
                " WHERE k.id = v.id AND k.wrapped = v.held",
                [chosen.name, [row[0] for row in group], [row[3] for row in group], anew],
            )
            self._wrapped_anew |= {row[0] for row in group}
        return Page("", seen=len(stale), changed=len(stale))

    def destroy(self, rotation: Rotation) -> int:
        return 0

    def _table(self) -> str:
        return "keys.municipality_key" if self._owner else "keys.platform_key"

    def _stored(self) -> list[tuple[UUID, bytes, str, bytes]]:
        """(id, place, provider, wrapped) of the keys that are still there."""
        if self._owner is None:
            found = rows(
                "SELECT id, provider, wrapped FROM keys.platform_key WHERE wrapped IS NOT NULL", []
            )
            return [
                (row[0], municipality_keys.platform_place_of(row[0]), *row[1:]) for row in found
            ]
        found = rows(
            "SELECT id, kind, version, provider, wrapped FROM keys.municipality_key"
            " WHERE municipality_id = %s AND wrapped IS NOT NULL",
            [self._owner],
        )
        return [
            (row[0], municipality_keys.place_of(row[0], self._owner, row[1], row[2]), *row[3:])
            for row in found
        ]
