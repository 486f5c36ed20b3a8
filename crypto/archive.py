"""Sealing an archive to somebody who alone can read it: the machine that makes backups cannot open them.

archive  0   1   format version  0x01
         1   80  the archive's own key, sent by HPKE (RFC 9180: X25519, HKDF-SHA256, AES-256-GCM, base mode)
        81   …   the content in chunks under that key (`crypto.chunks`)

The context (which backup, which part) is bound into both, so that an archive cannot take another's place. Who
made an archive is not shown by it: anybody who has the public key can make one. Sign what names it.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from crypto.chunks import decrypt_chunks, encrypt_chunks
from crypto.errors import SealBroken
from crypto.material import SENT_SIZE, KeyMaterial
from crypto.opaque import Opaque

VERSION = 1
HEADER_SIZE = 1 + SENT_SIZE


class Reader(Opaque):
    """The private half of a reader's keys; never prints it."""

    __slots__ = ("_key", "public_key")
    label: ClassVar[str] = "‹läsarnyckel›"

    def __init__(self, private_key: bytes) -> None:
        if len(private_key) != 32:
            del private_key
            raise ValueError("an X25519 private key is 32 bytes")
        self._key = X25519PrivateKey.from_private_bytes(private_key)
        self.public_key: bytes = self._key.public_key().public_bytes_raw()

    def receive(self, sent: bytes, *, info: bytes) -> KeyMaterial:
        """The archive's key, if it was sent to this reader."""
        return KeyMaterial.receive(sent, self._key, info=info)


def seal_archive(source: Iterable[bytes], *, reader: bytes, context: bytes) -> Iterator[bytes]:
    """Seal a stream to the reader with this public key; holds two chunks at a time."""
    key = KeyMaterial.generate()
    sent = key.send(X25519PublicKey.from_public_bytes(reader), info=_info(context))
    yield bytes((VERSION,)) + sent
    yield from encrypt_chunks(source, key=key, context=_info(context))


def open_archive(sealed: Iterable[bytes], *, reader: Reader, context: bytes) -> Iterator[bytes]:
    """Open a sealed stream; raises SealBroken. That the end is missing is known only at the end."""
    parts = iter(sealed)
    head = b""
    while len(head) < HEADER_SIZE and (part := next(parts, b"")):
        head += part
    if head[:1] != bytes((VERSION,)):
        raise SealBroken("the archive has an unknown version")
    key = reader.receive(head[1:HEADER_SIZE], info=_info(context))
    rest = chain((head[HEADER_SIZE:],), parts)
    yield from decrypt_chunks(rest, key=key, context=_info(context))


def _info(context: bytes) -> bytes:
    return b"sspf/archive/v1\0" + context
