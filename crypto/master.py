"""Where the master key is, and how a municipality's keys are wrapped by it."""

from functools import cache
from typing import Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from crypto.errors import SealBroken, WrongMasterKey
from crypto.material import KeyMaterial

LOCAL = "local"
VERSION = 1


class MasterKey(Protocol):
    """Wraps and unwraps; the master key itself may be on another machine."""

    name: str

    def wrap(self, key: KeyMaterial, *, aad: bytes) -> bytes: ...

    def unwrap(self, wrapped: bytes, *, aad: bytes) -> KeyMaterial: ...


class LocalMasterKey:
    """The master key given to this process by file or environment.

    A wrapped key is version(1) ‖ fingerprint of the master key(8) ‖ nonce ‖ ciphertext ‖ tag.
    """

    name = LOCAL

    def __init__(self, material: KeyMaterial) -> None:
        # The master key itself encrypts nothing: each use has a key of its own.
        self._wrapping = material.derive(b"sspf/master/wrap/v1")
        self._head = bytes((VERSION,)) + material.fingerprint()

    def wrap(self, key: KeyMaterial, *, aad: bytes) -> bytes:
        return self._head + self._wrapping.wrap(key, aad=aad)

    def unwrap(self, wrapped: bytes, *, aad: bytes) -> KeyMaterial:
        head, sealed = wrapped[: len(self._head)], wrapped[len(self._head) :]
        if head[:1] != self._head[:1]:
            raise SealBroken("the wrapped key has an unknown version")
        if head != self._head:
            raise WrongMasterKey("the stored keys belong to another master key (SSPF_MASTER_KEY)")
        return self._wrapping.unwrap(sealed, aad=aad)


def master_key(name: str = LOCAL) -> MasterKey:
    """The provider of that name."""
    if name != LOCAL:
        raise ImproperlyConfigured(f"no master key provider is called {name!r}")
    return _local(settings.SSPF_MASTER_KEY)


@cache
def _local(raw: bytes) -> LocalMasterKey:
    return LocalMasterKey(KeyMaterial(raw))
