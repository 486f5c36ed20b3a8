"""Ed25519 signatures (RFC 8032) for the evidence log's checkpoints and for backups."""

from typing import ClassVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from crypto.opaque import Opaque


class Signer(Opaque):
    """Signs, and tells its public key; never prints its seed."""

    __slots__ = ("_key", "public_key")
    label: ClassVar[str] = "‹signeringsnyckel›"

    def __init__(self, seed: bytes) -> None:
        if len(seed) != 32:
            del seed
            raise ValueError("an Ed25519 seed is 32 bytes")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key: bytes = self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Sign a message; the result is 64 bytes."""
        return self._key.sign(message)


def is_signed(message: bytes, signature: bytes, *, public_key: bytes) -> bool:
    """Tell whether the holder of the private half signed exactly this message."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def audit_signer() -> Signer:
    """The signer whose seed only the sequencer is given."""
    seed = getattr(settings, "SSPF_AUDIT_KEY", None)
    if not seed:
        raise ImproperlyConfigured("SSPF_AUDIT_KEY is not set: only the sequencer has it")
    return Signer(seed)
