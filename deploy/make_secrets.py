#!/usr/bin/env python3
"""Make the secrets that docker-compose.yml reads, one file each, in deploy/secrets; those that exist are kept.

Run as root, inside the image, which has what is needed, or with the project's own environment:
sudo .venv/bin/python deploy/make_secrets.py. Keep master_key and audit_key in a second safe place: without the
first nothing sealed can be read again. Move backup_content_key and backup_keys_key away from this machine
(docs/production.md): they open the backups. Bring your own tls_certificate.pem and tls_key.pem.
"""

import base64
import os
import secrets
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from crypto.archive import Reader
from crypto.signing import Signer
from sspf.provision import ROLES

FOLDER = Path(__file__).resolve().parent / "secrets"
# The user of our containers (Dockerfile). A key that others could read is not taken by `sspf.env`.
CONTAINER_USER = 10001
KEY_SERVICES = "# Which key service wraps whose keys: docs/production.md. Empty: the local master key wraps all.\n"


def keep(folder: Path, name: str, value: str) -> str:
    """Write a secret unless it is there already; return the one that holds."""
    path = folder / name
    if not path.exists():
        # Readable for the containers' users through the mount; the folder itself is closed to everybody else.
        _write(path, value, mode=0o444)
    return path.read_text(encoding="ascii").strip()


def keep_key(folder: Path, name: str, value: str, *, owner: int) -> str:
    """Write a key unless it is there already, and see to it that it is its user's alone; return the one that holds."""
    path = folder / name
    if not path.exists():
        _write(path, value, mode=0o400)
    held = path.read_text(encoding="ascii").strip()
    os.chown(path, owner, -1)
    path.chmod(0o400)
    return held


def _write(path: Path, value: str, *, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(value)
    print(f"made {path.name}")


def _random_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def make(folder: Path, *, owner: int) -> None:
    """Make every secret in `folder`; the keys belong to the user `owner`."""
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    keep(folder, "secret_key", secrets.token_urlsafe(64))
    keep_key(folder, "master_key", _random_key(), owner=owner)
    # Filled only while the master key is exchanged.
    keep_key(folder, "master_key_previous", "", owner=owner)
    keep(folder, "key_services.toml", KEY_SERVICES)
    seed = keep_key(folder, "audit_key", _random_key(), owner=owner)
    public = Signer(base64.b64decode(seed)).public_key
    keep(folder, "audit_public_key", base64.b64encode(public).decode())
    _make_backup_keys(folder, owner=owner)
    for role in ("superuser", *ROLES):
        keep(folder, f"database_{role}", secrets.token_urlsafe(32))
    password = keep(folder, "valkey_password", secrets.token_urlsafe(32))
    keep(folder, "valkey_auth.conf", f"requirepass {password}\n")
    # Filled by whoever has an SMS provider; empty with none.
    keep(folder, "sms_token", "")
    keep(folder, "witnesses", "# One line for each: witness NAME VKEY URL\n")
    keep(folder, "redis_url", f"redis://:{password}@valkey:6379/0")


def _make_backup_keys(folder: Path, *, owner: int) -> None:
    seed = keep_key(folder, "backup_signing_key", _random_key(), owner=owner)
    public = Signer(base64.b64decode(seed)).public_key
    keep(folder, "backup_public_key", base64.b64encode(public).decode())
    for part in ("content", "keys"):
        # The private half may have been moved away, as it should: then the public one stays as it is.
        if not (folder / f"backup_{part}_reader").exists():
            private = keep_key(folder, f"backup_{part}_key", _random_key(), owner=owner)
            public = Reader(base64.b64decode(private)).public_key
            keep(folder, f"backup_{part}_reader", base64.b64encode(public).decode())


def main() -> int:
    """Make every secret; only root can give the keys to the containers' user."""
    if os.geteuid() not in (0, CONTAINER_USER):
        print(
            f"Run this as root: the keys are to belong to user {CONTAINER_USER} of the containers."
        )
        return 1
    make(FOLDER, owner=CONTAINER_USER)
    return 0


if __name__ == "__main__":
    sys.exit(main())
