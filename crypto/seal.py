"""Sealing and opening: AES-256-GCM, bound to field, row, scope, agency and municipality (design D7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from crypto import token
from crypto.errors import SealBroken
from crypto.keys import DataKey, data_keys
from crypto.municipality_keys import platform_key
from crypto.sealed import Sealed, token_of


@dataclass(frozen=True, slots=True)
class Binding:
    """The cell a sealed value was read from; a value from any other cell does not open."""

    field: str
    municipality_id: UUID
    agency_id: UUID
    row_id: UUID


@sensitive_variables()
def seal(value: str, *, key: DataKey, field: str, row_id: UUID) -> Sealed:
    """Seal a text for one field of one row; the key says scope, agency and municipality."""
    place = token.Place(
        field, key.municipality_id, key.agency_id, row_id, str(key.scope), key.scope_id
    )
    aad = token.associated_data(place, key.id)
    body = token.pad(token.TEXT, _encoded(value))
    return Sealed(token.join(key.id, key.material.encrypt(body, aad=aad)), uid=field)


@sensitive_variables()
def open_batch(items: Sequence[tuple[Sealed, Binding]]) -> list[str]:
    """Open many seals with one query for their keys, all or none; only `access.door` may call it."""
    parts = [token.split(token_of(sealed)) for sealed, _binding in items]
    keys = data_keys(key_id for key_id, _encrypted in parts)
    opened: list[str] = []
    for (sealed, binding), (key_id, encrypted) in zip(items, parts, strict=True):
        if sealed.uid != binding.field:
            raise SealBroken("the value was read from another field than it is opened for")
        key = keys[key_id]
        place = token.Place(
            binding.field,
            binding.municipality_id,
            binding.agency_id,
            binding.row_id,
            str(key.scope),
            key.scope_id,
        )
        body = key.material.decrypt(encrypted, aad=token.associated_data(place, key_id))
        opened.append(token.unpad(token.TEXT, body).decode())
    return opened


@sensitive_variables()
def seal_system(value: bytes, *, purpose: str) -> bytes:
    """Seal a secret that belongs to no partition, such as a second factor's seed, for one purpose."""
    key_id, material = platform_key()
    body = token.pad(token.BYTES, value)
    return token.join(key_id, material.encrypt(body, aad=token.purpose_data(purpose, key_id)))


@sensitive_variables()
def open_system(sealed: bytes, *, purpose: str) -> bytes:
    """Open what `seal_system` made for the same purpose."""
    key_id, encrypted = token.split(sealed)
    _id, material = platform_key(key_id)
    body = material.decrypt(encrypted, aad=token.purpose_data(purpose, key_id))
    return token.unpad(token.BYTES, body)


@sensitive_variables()
def _encoded(value: str) -> bytes:
    try:
        return value.encode()
    except UnicodeEncodeError:
        # The original exception carries the whole text.
        raise ValueError("the text holds characters that are not valid Unicode") from None
