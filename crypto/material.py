"""Thirty-two secret bytes, and the few things that may be done with them."""

import base64
import binascii
import hmac
import secrets
from hashlib import sha256
from typing import ClassVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto.errors import SealBroken
from crypto.opaque import Opaque

SIZE = 32
NONCE_SIZE = 12
TAG_SIZE = 16
# HPKE (RFC 9180, base mode): what it makes is the ephemeral public key(32), then ciphertext and tag.
_TO_SOMEBODY = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
SENT_SIZE = 32 + SIZE + TAG_SIZE


class KeyMaterial(Opaque):
    """A 256-bit key whose bytes never leave this class except encrypted."""

    __slots__ = ("_aead", "_raw")
    label: ClassVar[str] = "‹nyckel›"

    def __init__(self, raw: bytes) -> None:
        if len(raw) != SIZE:
            # Without this the bytes would stand among the locals of the traceback.
            del raw
            raise ValueError(f"a key is {SIZE} bytes")
        self._raw = raw
        self._aead = AESGCM(raw)

    @classmethod
    def generate(cls) -> "KeyMaterial":
        """Make a new random key."""
        return cls(secrets.token_bytes(SIZE))

    def encrypt(self, plaintext: bytes, *, aad: bytes, nonce: bytes | None = None) -> bytes:
        """AES-256-GCM: nonce ‖ ciphertext ‖ tag; the nonce is given only by known-answer tests."""
        nonce = nonce or secrets.token_bytes(NONCE_SIZE)
        return nonce + self._aead.encrypt(nonce, plaintext, aad)

    def decrypt(self, sealed: bytes, aad: bytes, skip: int = 0) -> bytes:
        """Open what `encrypt` made and what stands behind `skip` other bytes, or raise SealBroken."""
        start = skip + NONCE_SIZE
        if len(sealed) < start + TAG_SIZE:
            raise SealBroken("the token is cut short")
        try:
            return self._aead.decrypt(sealed[skip:start], sealed[start:], aad)
        except InvalidTag:
            raise SealBroken("the token does not belong here, or has been changed") from None

    def wrap(self, other: "KeyMaterial", *, aad: bytes, head: bytes = b"") -> bytes:
        """Encrypt another key under this one; `head` stands before the key inside the ciphertext."""
        # Not by `encrypt`: there the other key's bytes would stand among a traceback's locals.
        nonce = secrets.token_bytes(NONCE_SIZE)
        return nonce + self._aead.encrypt(nonce, head + other._raw, aad)  # noqa: SLF001  its own class

    def unwrap(self, wrapped: bytes, *, aad: bytes, head: bytes = b"") -> "KeyMaterial":
        """Decrypt a key that `wrap` encrypted with the same head, or raise SealBroken."""
        return KeyMaterial(_behind(head, self.decrypt(wrapped, aad=aad)))

    def rewrap(self, wrapped: bytes, *, aad: bytes, to: "KeyMaterial", to_aad: bytes) -> bytes:
        """Wrap anew under `to` what this key wrapped, without making a key object in between."""
        nonce = secrets.token_bytes(NONCE_SIZE)
        return nonce + to._aead.encrypt(nonce, self.decrypt(wrapped, aad=aad), to_aad)  # noqa: SLF001  its own class

    def send(self, public_key: X25519PublicKey, *, info: bytes) -> bytes:
        """Encrypt this key so that only the holder of a private key gets it back; `SENT_SIZE` bytes."""
        return _TO_SOMEBODY.encrypt(self._raw, public_key, info)

    @classmethod
    def receive(cls, sent: bytes, private_key: X25519PrivateKey, *, info: bytes) -> "KeyMaterial":
        """Get back the key that `send` encrypted to this private key's public half."""
        try:
            return cls(_TO_SOMEBODY.decrypt(sent, private_key, info))
        except InvalidTag:
            raise SealBroken("the key was sent to somebody else, or has been changed") from None

    def derive(self, info: bytes) -> "KeyMaterial":
        """Derive a key for one named use (HKDF-SHA256, RFC 5869)."""
        return KeyMaterial(HKDF(SHA256(), SIZE, salt=None, info=info).derive(self._raw))

    def mac(self, message: bytes) -> bytes:
        """HMAC-SHA256."""
        return hmac.digest(self._raw, message, "sha256")

    def fingerprint(self) -> bytes:
        """Eight bytes that name the key without helping anyone to guess it."""
        return sha256(b"sspf/fingerprint/v1\0" + self._raw).digest()[:8]


def _behind(head: bytes, body: bytes) -> bytes:
    if body[: len(head)] != head or len(body) != len(head) + SIZE:
        # Without this the bytes would stand among the locals of the traceback.
        del body
        raise SealBroken("the sealed body is not a key")
    return body[len(head) :]


class KeyText(Opaque):
    """A key as base64 on its way to or from a key service; prints nothing, like the key itself."""

    __slots__ = ("text",)
    label: ClassVar[str] = "‹nyckel›"

    def __init__(self, text: object) -> None:
        self.text = text


def as_text(key: KeyMaterial) -> KeyText:
    """The key in the form that a key service takes."""
    return KeyText(base64.b64encode(key._raw).decode("ascii"))  # noqa: SLF001  the one way, by purpose


def from_text(given: KeyText) -> KeyMaterial | None:
    """The key that a key service gave; None where it is no key."""
    try:
        return KeyMaterial(base64.b64decode(str(given.text), validate=True))
    except (binascii.Error, ValueError):
        return None
