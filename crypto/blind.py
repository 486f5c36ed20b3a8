"""The blind index: finds an exact value without storing it (design D7)."""

from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from crypto.municipality_keys import index_root

SIZE = 16


@sensitive_variables()
def blind_index(value: str, *, municipality_id: UUID, agency_id: UUID, version: int = 1) -> bytes:
    """Keyed hash of a normalised value; equal values in two agencies give different results."""
    if not value:
        raise ValueError("an empty value has no index")
    if UUID(int=0) in (municipality_id, agency_id):
        raise ValueError("an id that the index is bound to is not set")
    root = index_root(municipality_id, version=version)
    info = b"sspf/blind/v1\0" + municipality_id.bytes + agency_id.bytes + version.to_bytes(4, "big")
    return root.derive(info).mac(value.encode())[:SIZE]
