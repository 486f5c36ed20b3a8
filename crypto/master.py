"""Where master keys are, and how a municipality's keys are wrapped by them.

A provider wraps and unwraps; its master key may be on another machine (`crypto.vault`). Which provider a
stored key belongs to stands in its row; which one new keys get is said by `crypto.key_services`.
"""

from collections.abc import Sequence
from functools import cache
from typing import ClassVar, Protocol
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from crypto.errors import KeyServiceAway, SealBroken, WrongMasterKey
from crypto.key_services import LOCAL, VaultAddress, configured
from crypto.material import KeyMaterial
from crypto.opaque import Opaque
from crypto.vault import VaultTransit

VERSION = 1


class MasterKey(Protocol):
    """Wraps and unwraps, many at once; the master key itself may be on another machine."""

    name: str

    def wrap_all(self, keys: Sequence[tuple[KeyMaterial, bytes]]) -> list[bytes]:
        """Wrap each key with its associated data."""
        ...

    def unwrap_all(self, wrapped: Sequence[tuple[bytes, bytes]]) -> list[KeyMaterial]:
        """Unwrap each with its associated data, all or none. Raises SealBroken, KeyServiceAway."""
        ...

    def is_newest(self, wrapped: bytes) -> bool:
        """Whether wrapping this key anew would change nothing; False where that cannot be told."""
        ...


class LocalMasterKey(Opaque):
    """The master key given to this process by file, and the one before it while keys are moved.

    A wrapped key is version(1) ‖ fingerprint of the master key(8) ‖ nonce ‖ ciphertext ‖ tag.
    """

    __slots__ = ("_keys", "_newest", "name")
    label: ClassVar[str] = "‹huvudnyckel›"

    def __init__(self, material: KeyMaterial, previous: KeyMaterial | None = None) -> None:
        self.name = LOCAL
        # The master key itself encrypts nothing: each use has a key of its own.
        self._keys = {
            one.fingerprint(): one.derive(b"sspf/master/wrap/v1")
            for one in (previous, material)
            if one is not None
        }
        self._newest = material.fingerprint()

    def wrap_all(self, keys: Sequence[tuple[KeyMaterial, bytes]]) -> list[bytes]:
        head = bytes((VERSION,)) + self._newest
        return [head + self._keys[self._newest].wrap(key, aad=aad) for key, aad in keys]

    def unwrap_all(self, wrapped: Sequence[tuple[bytes, bytes]]) -> list[KeyMaterial]:
        return [self._unwrap(one, aad) for one, aad in wrapped]

    def is_newest(self, wrapped: bytes) -> bool:
        return wrapped[1:9] == self._newest

    def _unwrap(self, wrapped: bytes, aad: bytes) -> KeyMaterial:
        if wrapped[:1] != bytes((VERSION,)):
            raise SealBroken("the wrapped key has an unknown version")
        wrapping = self._keys.get(wrapped[1:9])
        if wrapping is None:
            raise WrongMasterKey("the stored keys belong to another master key (SSPF_MASTER_KEY)")
        return wrapping.unwrap(wrapped[9:], aad=aad)


def master_key(name: str) -> MasterKey:
    """The provider of that name. Raises KeyServiceAway where nobody has configured it."""
    if name == LOCAL:
        if settings.SSPF_MASTER_KEY is None:
            raise ImproperlyConfigured("SSPF_MASTER_KEY is not given to the sequencer's role")
        return _local(settings.SSPF_MASTER_KEY, settings.SSPF_MASTER_KEY_PREVIOUS)
    address = configured().services.get(name)
    if address is None:
        raise KeyServiceAway(name, "is not in SSPF_KEY_SERVICES")
    return _vault(address)


def chosen_for(municipality_id: UUID | None) -> MasterKey:
    """The provider that wraps the keys a municipality is given now; None is the platform."""
    return master_key(configured().name_for(municipality_id))


def wrap_surely(provider: MasterKey, keys: Sequence[tuple[KeyMaterial, bytes]]) -> list[bytes]:
    """Wrap, and see that each comes back, in its own place only.

    A service that lost or mixed up what it wrapped, or that ignores the associated data (Vault before
    1.13), must be found out before anything is sealed under the key. Raises KeyServiceAway.
    """
    if not keys:
        return []
    wrapped = provider.wrap_all(keys)
    places = [aad for _key, aad in keys]
    back = provider.unwrap_all(list(zip(wrapped, places, strict=True)))
    for (key, _aad), same in zip(keys, back, strict=True):
        if key.fingerprint() != same.fingerprint():
            raise KeyServiceAway(provider.name, "does not give back what it was given")
    try:
        provider.unwrap_all([(wrapped[0], places[0] + b"elsewhere")])
    except SealBroken:
        return wrapped
    raise KeyServiceAway(provider.name, "does not bind a key to its place (associated_data)")


@cache
def _local(raw: bytes, previous: bytes | None) -> LocalMasterKey:
    return LocalMasterKey(KeyMaterial(raw), KeyMaterial(previous) if previous else None)


@cache
def _vault(address: VaultAddress) -> VaultTransit:
    return VaultTransit(address)
