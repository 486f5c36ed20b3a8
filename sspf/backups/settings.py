"""What making and restoring backups is told by the environment (`sspf/env.py`)."""

from __future__ import annotations

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import make_conninfo

from crypto.archive import Reader
from crypto.signing import Signer
from sspf import env
from sspf.backups.folder import KEYS_DAYS_AT_MOST


def folder() -> Path:
    """Where backups lie."""
    return Path(env.text("SSPF_BACKUP_DIR"))


def signer() -> Signer:
    """Signs manifests; only the machine that makes backups has its seed."""
    return Signer(env.key("SSPF_BACKUP_SIGNING_KEY", length=32))


def public_key() -> bytes:
    """Verifies manifests."""
    return env.key("SSPF_BACKUP_PUBLIC_KEY", length=32)


def sealed_to(part: str) -> bytes:
    """The public key that a part's archive is sealed to; what lies outside goes with the content."""
    return env.key(
        "SSPF_BACKUP_KEYS_READER" if part == "keys" else "SSPF_BACKUP_CONTENT_READER", length=32
    )


def reader(part: str) -> Reader:
    """The private half; only restoring has it."""
    return Reader(
        env.key("SSPF_BACKUP_KEYS_KEY" if part == "keys" else "SSPF_BACKUP_CONTENT_KEY", length=32)
    )


def keep() -> int:
    """How many content dumps are kept."""
    return _number("SSPF_BACKUP_KEEP", "30", 1, 10_000)


def keys_days() -> int:
    """For how many days a dump of the keys is kept."""
    return _number("SSPF_BACKUP_KEYS_DAYS", str(KEYS_DAYS_AT_MOST), 1, KEYS_DAYS_AT_MOST)


def conninfo(*, user: str, password: str, database: str | None = None) -> str:
    """How somebody connects to the server that SSPF_DATABASE_URL names, to its database or another."""
    given = env.database()
    return make_conninfo(
        host=given["HOST"],
        port=given["PORT"],
        dbname=database or given["NAME"],
        user=user,
        password=password,
        **{name: value for name, value in given["OPTIONS"].items() if name.startswith("ssl")},
    )


def _number(name: str, default: str, lowest: int, highest: int) -> int:
    given = env.text(name, default)
    if not given.isdecimal() or not lowest <= int(given) <= highest:
        raise ImproperlyConfigured(f"{name} must be a number from {lowest} to {highest}.")
    return int(given)
