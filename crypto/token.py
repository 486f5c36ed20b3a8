"""The byte format of a sealed value: pure functions, nothing secret but the plaintext body.

token  0  1   format version  0x01
       1  1   suite           0x01 = AES-256-GCM, 96-bit nonce
       2  16  key id          uuid
      18  12  nonce
      30  n   ciphertext of the padded body
       .  16  tag

body   type(1) ‖ value ‖ 0x80 ‖ 0x00 …   padded to 32 bytes, above that by PADMÉ (at most 12 %)
       a key: type(1) ‖ 32 bytes, which have one length only
"""

from dataclasses import dataclass
from functools import cache
from uuid import UUID

from crypto.errors import SealBroken
from crypto.material import NONCE_SIZE, TAG_SIZE

VERSION = 1
SUITE_AES_256_GCM = 1
HEADER_SIZE = 18
SHORTEST = 32
TEXT = 1
BYTES = 6
KEY = 7
NOBODY = bytes(16)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value lives; all of it is bound into the seal."""

    field: str
    municipality_id: UUID
    agency_id: UUID
    row_id: UUID
    scope: str
    scope_id: UUID


def associated_data(place: Place, key_id: UUID) -> bytes:
    """Encode the place so that no two places give the same bytes; refuse an unset id."""
    return (
        key_part(key_id)
        + row_part(place.municipality_id, place.agency_id, place.row_id)
        + field_part(place.scope_id, place.scope, place.field)
    )


def key_part(key_id: UUID) -> bytes:
    """The associated data's first part, the same for every value under one key."""
    return b"sspf/field/v1\0" + bytes((VERSION, SUITE_AES_256_GCM)) + _ids(key_id)


def row_part(municipality_id: UUID, agency_id: UUID, row_id: UUID) -> bytes:
    """Its middle part, the same for every field of one row."""
    return _ids(municipality_id, agency_id, row_id)


def field_part(scope_id: UUID, scope: str, field: str) -> bytes:
    """Its last part, the same for one field in every row under one key."""
    return _ids(scope_id) + _counted(scope) + _counted(field)


def file_context(place: Place) -> bytes:
    """Encode the place of a file's chunks: without the data key, which may be changed under the file's own."""
    return (
        b"sspf/file/v1\0"
        + bytes((VERSION, SUITE_AES_256_GCM))
        + row_part(place.municipality_id, place.agency_id, place.row_id)
        + field_part(place.scope_id, place.scope, place.field)
    )


def purpose_data(purpose: str, key_id: UUID) -> bytes:
    """Associated data of a platform secret, which belongs to a purpose and not to a row."""
    if not purpose:
        raise ValueError("a platform secret needs a purpose")
    head = b"sspf/system/v1\0" + bytes((VERSION, SUITE_AES_256_GCM))
    return head + key_id.bytes + _counted(purpose)


def join(key_id: UUID, encrypted: bytes) -> bytes:
    """Put the header before nonce, ciphertext and tag."""
    return bytes((VERSION, SUITE_AES_256_GCM)) + key_id.bytes + encrypted


def key_id_of(head: bytes) -> UUID:
    """The key that a token's header names."""
    if len(head) != HEADER_SIZE or head[0] != VERSION or head[1] != SUITE_AES_256_GCM:
        raise SealBroken("the token has an unknown version or suite")
    return UUID(bytes=head[2:])


def key_of(token: bytes) -> UUID:
    """The id of the key that a token names; nobody's where it is too short to name one."""
    return UUID(bytes=token[2:HEADER_SIZE]) if len(token) >= HEADER_SIZE else UUID(int=0)


def split(token: bytes) -> tuple[UUID, bytes]:
    """Take a token apart into key id and nonce ‖ ciphertext ‖ tag."""
    if len(token) < HEADER_SIZE + NONCE_SIZE + TAG_SIZE + SHORTEST:
        raise SealBroken("the token is cut short")
    if token[0] != VERSION or token[1] != SUITE_AES_256_GCM:
        raise SealBroken("the token has an unknown version or suite")
    return UUID(bytes=token[2:HEADER_SIZE]), token[HEADER_SIZE:]


def pad(kind: int, value: bytes) -> bytes:
    """Hide the length: everything short looks alike, longer values fall into PADMÉ's classes."""
    body = bytes((kind,)) + value + b"\x80"
    return body.ljust(padded_length(len(body)), b"\0")


def unpad(kind: int, body: bytes) -> bytes:
    """Undo `pad`, and refuse a value of another kind."""
    stripped = body.rstrip(b"\0")
    if not stripped or stripped[0] != kind or stripped[-1] != 0x80:
        raise SealBroken("the sealed body has an unknown form")
    return stripped[1:-1]


def padded_length(length: int) -> int:
    """PADMÉ (Nikitin et al., PoPETs 2019): leaks O(log log length) bits of a length."""
    if length <= SHORTEST:
        return SHORTEST
    exponent = length.bit_length() - 1
    loose = exponent - exponent.bit_length()
    step = (1 << loose) - 1
    return (length + step) & ~step


def _ids(*ids: UUID) -> bytes:
    encoded = [one.bytes for one in ids]
    if NOBODY in encoded:
        raise ValueError("an id that the seal is bound to is not set")
    return b"".join(encoded)


@cache
def _counted(text: str) -> bytes:
    encoded = text.encode("ascii")
    return len(encoded).to_bytes(2, "big") + encoded
