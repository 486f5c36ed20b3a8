"""Sealing and opening: AES-256-GCM, bound to field, row, scope, agency and municipality (design D7)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from crypto import token
from crypto.errors import SealBroken
from crypto.keys import DataKey, data_keys
from crypto.municipality_keys import platform_key
from crypto.sealed import Sealed, token_of
from crypto.token import HEADER_SIZE, TEXT, unpad


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


# A key's use, and by field what begins and ends the associated data of values under it.
_Ready = tuple[Callable[[bytes, bytes, int], bytes], bytes, dict[str, bytes], DataKey]


@sensitive_variables()
def open_batch(items: Sequence[tuple[Sealed, Binding]]) -> list[str]:
    """Open many seals with one query for their keys, all or none; only `access.door` may call it.

    The loop is what a page waits for: what neighbours share of their associated data is encoded once.
    """
    tokens = [token_of(sealed) for sealed, _binding in items]
    heads = [whole[:HEADER_SIZE] for whole in tokens]
    key_ids = {head: token.key_id_of(head) for head in set(heads)}
    keys = data_keys(key_ids.values())
    ready: dict[bytes, _Ready] = {
        head: (keys[key_id].material.decrypt, token.key_part(key_id), {}, keys[key_id])
        for head, key_id in key_ids.items()
    }
    opened: list[str] = []
    row, municipality_id, agency_id, row_id = b"", None, None, None
    for (sealed, binding), whole, head in zip(items, tokens, heads, strict=True):
        field = binding.field
        if sealed.uid != field:
            raise SealBroken("the value was read from another field than it is opened for")
        # The same objects, not equal ones: comparing three UUIDs takes as long as opening a value.
        if (
            binding.row_id is not row_id
            or binding.agency_id is not agency_id
            or binding.municipality_id is not municipality_id
        ):
            municipality_id, agency_id = binding.municipality_id, binding.agency_id
            row_id = binding.row_id
            row = token.row_part(municipality_id, agency_id, row_id)
        decrypt, start, ends, key = ready[head]
        end = ends.get(field)
        if end is None:
            end = ends[field] = token.field_part(key.scope_id, str(key.scope), field)
        body = decrypt(whole, start + row + end, HEADER_SIZE)
        opened.append(unpad(TEXT, body).decode())
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
def reseal_system(sealed: bytes, *, purpose: str) -> bytes | None:
    """The same secret sealed with the newest platform key; None where it is so already."""
    newest, _material = platform_key()
    if token.key_of(sealed) == newest:
        return None
    return seal_system(open_system(sealed, purpose=purpose), purpose=purpose)


@sensitive_variables()
def _encoded(value: str) -> bytes:
    try:
        return value.encode()
    except UnicodeEncodeError:
        # The original exception carries the whole text.
        raise ValueError("the text holds characters that are not valid Unicode") from None
