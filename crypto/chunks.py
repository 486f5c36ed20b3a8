"""Sealing what is too long for one token: chunks of 64 KiB, each bound to its number and to being the last or not.

After STREAM (Hoang, Reyhanitabar, Rogaway, Vizár, CRYPTO 2015). Sealed, a stream is its chunks one after
the other, each `nonce(12) ‖ ciphertext ‖ tag(16)` of exactly 64 KiB but the last, which may be shorter.

associated data   "sspf/chunk/v1" NUL ‖ version 01 ‖ suite 01 ‖ length of the context(2) ‖ context ‖ number(8) ‖ last(1)

A chunk that is dropped, swapped, repeated, cut or foreign does not open, and neither does a stream without
its end. Nonces are random, so a key may live long; but chunks of two streams under one key *and* one context
could be exchanged number for number: give each stream a key of its own, or a context that names it.
"""

from collections.abc import Iterable, Iterator

from crypto.material import NONCE_SIZE, TAG_SIZE, KeyMaterial
from crypto.token import SUITE_AES_256_GCM, VERSION

CHUNK = 64 * 1024
SEALED_CHUNK = NONCE_SIZE + CHUNK + TAG_SIZE


def chunk_data(context: bytes, number: int, *, last: bool) -> bytes:
    """The associated data of one chunk; no two chunks of any two contexts share it."""
    head = b"sspf/chunk/v1\0" + bytes((VERSION, SUITE_AES_256_GCM))
    place = len(context).to_bytes(2, "big") + context
    return head + place + number.to_bytes(8, "big") + bytes((last,))


def encrypt_chunks(source: Iterable[bytes], *, key: KeyMaterial, context: bytes) -> Iterator[bytes]:
    """Seal a stream, however it is cut into pieces; holds two chunks at a time. An empty one has one chunk."""
    for number, (piece, last) in enumerate(_cut(source, CHUNK)):
        yield key.encrypt(piece, aad=chunk_data(context, number, last=last))


def decrypt_chunks(sealed: Iterable[bytes], *, key: KeyMaterial, context: bytes) -> Iterator[bytes]:
    """Open a sealed stream, however it is cut; raises SealBroken, and never gives a byte whose tag is not verified.

    That the end is missing is known only at the end: what was given until then is true, but not all.
    """
    for number, (piece, last) in enumerate(_cut(sealed, SEALED_CHUNK)):
        yield key.decrypt(piece, aad=chunk_data(context, number, last=last))


def _cut(source: Iterable[bytes], size: int) -> Iterator[tuple[bytes, bool]]:
    """Pieces of exactly `size`, the last one what is left; with each, whether it is the last."""
    held = bytearray()
    for part in source:
        for start in range(0, len(part), size):
            held += part[start : start + size]
            # One byte more than a piece shows that this piece is not the last.
            while len(held) > size:
                yield bytes(held[:size]), False
                del held[:size]
    yield bytes(held), True
