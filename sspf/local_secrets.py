"""Keys and passwords of one checkout, made once under `.local/secrets` and never written anywhere else."""

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from crypto.archive import Reader
from crypto.signing import Signer
from sspf.provision import ROLES


def _random_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _password() -> str:
    return secrets.token_urlsafe(32)


_MAKERS: dict[str, Callable[[], str]] = {
    "secret_key": _password,
    "master_key": _random_key,
    "audit_key": _random_key,
    "backup_signing_key": _random_key,
    "backup_content_key": _random_key,
    "backup_keys_key": _random_key,
    "postgres": _password,
    "valkey": _password,
    **{f"database_{role}": _password for role in ROLES},
}


def ensure(folder: Path) -> dict[str, str]:
    """Return every secret of the checkout, making those that are missing (mode 0600 in a folder of mode 0700)."""
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    values = {name: _read_or_make(folder / name, make) for name, make in _MAKERS.items()}
    values["audit_public_key"] = _public_key(values["audit_key"])
    values["backup_public_key"] = _public_key(values["backup_signing_key"])
    for part in ("content", "keys"):
        reader = Reader(base64.b64decode(values[f"backup_{part}_key"]))
        values[f"backup_{part}_reader"] = base64.b64encode(reader.public_key).decode()
    return values


def _read_or_make(path: Path, make: Callable[[], str]) -> str:
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        pass
    value = make()
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(value)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)
    return value


def _public_key(seed: str) -> str:
    return base64.b64encode(Signer(base64.b64decode(seed)).public_key).decode()
