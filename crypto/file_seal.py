"""Sealing a file: a random key of its own, sealed like a field's value, and the content in chunks under it.

Changing the data key reseals the small file key and leaves the chunks; destroying the data key, or emptying
the column of the file key, makes the chunks unreadable.
"""

from collections.abc import Iterable, Iterator
from uuid import UUID

from crypto import token
from crypto.chunks import decrypt_chunks, encrypt_chunks
from crypto.keys import DataKey, data_keys
from crypto.material import KeyMaterial
from crypto.seal import Binding
from crypto.sealed import Sealed, token_of

HEAD = bytes((token.KEY,))


def seal_file(
    content: Iterable[bytes], *, key: DataKey, field: str, row_id: UUID
) -> tuple[Sealed, Iterator[bytes]]:
    """The file's new key, sealed for `field` of one row, and the content in sealed chunks, made as they are asked for."""
    place = token.Place(
        field, key.municipality_id, key.agency_id, row_id, str(key.scope), key.scope_id
    )
    own = KeyMaterial.generate()
    wrapped = key.material.wrap(own, aad=token.associated_data(place, key.id), head=HEAD)
    chunks = encrypt_chunks(content, key=own, context=token.file_context(place))
    return Sealed(token.join(key.id, wrapped), uid=field), chunks


def open_file(file_key: Sealed, binding: Binding, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The content of a sealed file, chunk by chunk as it is asked for; only `access.door` may call it.

    The file's key is opened at once, so a destroyed or foreign one is refused before anything is given.
    """
    key_id, wrapped = token.split(token_of(file_key))
    key = data_keys([key_id])[key_id]
    place = token.Place(
        binding.field,
        binding.municipality_id,
        binding.agency_id,
        binding.row_id,
        str(key.scope),
        key.scope_id,
    )
    own = key.material.unwrap(wrapped, aad=token.associated_data(place, key_id), head=HEAD)
    return decrypt_chunks(chunks, key=own, context=token.file_context(place))
