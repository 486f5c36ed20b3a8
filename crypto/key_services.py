"""Which key service wraps whose keys: SSPF_KEY_SERVICES, so that a host need not hold its municipalities' keys.

platform = "host"                # optional; otherwise the local master key
[service.host]
kind = "vault-transit"
address = "https://vault.example.se:8200"
key = "sspf"                     # the transit key, made there beforehand
token_file = "/run/secrets/vault_host_token"
mount = "transit"                # this and what follows may be left out
namespace = "sspf"
ca_file = "/etc/sspf/vault-ca.pem"
timeout_seconds = 3

[municipality]
"5f0c…" = "host"                 # municipality id, as `manage.py rotate --status` prints it

A token is only ever named by its file, which is read for each call: whoever renews it just writes it anew.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

LOCAL = "local"
KIND = "vault-transit"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
# What may stand in a URL's path as it is: Vault's names of mounts and keys.
PATH = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultAddress:
    """Where one Vault's transit key is, and which files open the way there."""

    name: str
    address: str
    key: str
    token_file: str
    mount: str = "transit"
    namespace: str = ""
    ca_file: str = ""
    timeout_seconds: float = 3.0


@dataclass(frozen=True, slots=True)
class KeyServices:
    """The services by name, and who uses which; whoever is not named uses the local master key."""

    services: Mapping[str, VaultAddress]
    municipalities: Mapping[UUID, str]
    platform: str

    def name_for(self, municipality_id: UUID | None) -> str:
        """The provider of a municipality's keys, or of the platform's."""
        if municipality_id is None:
            return self.platform
        return self.municipalities.get(municipality_id, LOCAL)


def configured() -> KeyServices:
    """What this process was given. Raises ImproperlyConfigured, also at start."""
    return _read(settings.SSPF_KEY_SERVICES)


@cache
def _read(text: str) -> KeyServices:
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise _wrong(f"is no TOML: {fault}") from None
    if set(given) - {"platform", "service", "municipality"}:
        raise _wrong("holds something else than platform, [service.…] and [municipality]")
    services = {
        name: _address(name, _table(entry)) for name, entry in _table(given.get("service")).items()
    }
    known = {LOCAL, *services}
    municipalities = {}
    for key, name in _table(given.get("municipality")).items():
        try:
            municipalities[UUID(key)] = name
        except ValueError:
            raise _wrong(f"names a municipality that is no id: {key!r}") from None
    platform = given.get("platform", LOCAL)
    for name in (*municipalities.values(), platform):
        if name not in known:
            raise _wrong(f"names a service that it does not describe: {name!r}")
    return KeyServices(services, municipalities, platform)


def _address(name: str, entry: Mapping[str, Any]) -> VaultAddress:
    if not NAME.fullmatch(name) or name == LOCAL:
        raise _wrong(f"gives a service a name that cannot be used: {name!r}")
    if entry.get("kind") != KIND:
        raise _wrong(f"describes {name} as another kind than {KIND}")
    known = {field.name: field.type for field in fields(VaultAddress) if field.name != "name"}
    rest = {key: value for key, value in entry.items() if key != "kind"}
    for key, value in rest.items():
        expected = (int, float) if known.get(key) is float else str
        if key not in known or not isinstance(value, expected) or isinstance(value, bool):
            # Never the value: somebody may have put a token there.
            raise _wrong(f"describes {name} by {key!r}, which is unknown or of the wrong type")
    missing = {"address", "key", "token_file"} - set(rest)
    if missing:
        raise _wrong(f"says nothing about {', '.join(sorted(missing))} of {name}")
    address = VaultAddress(name=name, **rest)
    _check(address)
    return address


def _check(address: VaultAddress) -> None:
    parts = urlsplit(address.address)
    loopback = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        raise _wrong(f"reaches {address.name} by something else than https")
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.username is not None:
        raise _wrong(f"gives {address.name} an address that is more than https://host:port")
    for value in (address.key, address.mount):
        if not PATH.fullmatch(value):
            raise _wrong(f"gives {address.name} a key or mount with other signs than a-z 0-9 _ . -")
    if not 0 < address.timeout_seconds <= 60:
        raise _wrong(f"lets {address.name} take more than 60 seconds, or none")


def _table(value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _wrong("has a value where a table should be")
    return value


def _wrong(what: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"SSPF_KEY_SERVICES {what}.")
