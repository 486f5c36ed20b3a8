#!/usr/bin/env python3
"""Make the secrets that docker-compose.yml reads, one file each, in deploy/secrets; those that exist are kept.

Run inside the image, which has what is needed, or with the project's own environment:
.venv/bin/python deploy/make_secrets.py. Keep master_key and audit_key in a second safe place: without the
first nothing sealed can be read again. Bring your own tls_certificate.pem and tls_key.pem.
"""

import base64
import os
import secrets
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from crypto.signing import Signer

FOLDER = Path(__file__).resolve().parent / "secrets"


def keep(name: str, value: str) -> str:
    """Write a secret unless it is there already; return the one that holds."""
    path = FOLDER / name
    if not path.exists():
        # Readable for the containers' users through the mount; the folder itself is closed to everybody else.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(value)
        print(f"made {name}")
    return path.read_text(encoding="ascii").strip()


def main() -> None:
    """Make every secret."""
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    FOLDER.chmod(0o700)
    keep("secret_key", secrets.token_urlsafe(64))
    keep("master_key", base64.b64encode(secrets.token_bytes(32)).decode())
    seed = keep("audit_key", base64.b64encode(secrets.token_bytes(32)).decode())
    keep("audit_public_key", base64.b64encode(Signer(base64.b64decode(seed)).public_key).decode())
    for role in ("superuser", "owner", "web", "worker", "sequencer", "backup"):
        keep(f"database_{role}", secrets.token_urlsafe(32))
    password = keep("valkey_password", secrets.token_urlsafe(32))
    keep("valkey_auth.conf", f"requirepass {password}\n")
    keep("redis_url", f"redis://:{password}@valkey:6379/0")


if __name__ == "__main__":
    main()
