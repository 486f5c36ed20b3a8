"""The environment variables of the system: one registry, one way to read them, no secret with a default."""

import base64
import binascii
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from crypto import key_file

ENVIRONMENTS = ("demo", "test", "production")
ROLES = ("owner", "web", "worker", "sequencer", "rotator", "backup")


@dataclass(frozen=True)
class Variable:
    """One variable the system knows; a secret is best given as a file through NAME_FILE.

    own_file: a key that everything else hangs on. Its file is this user's alone, and in production it is
    never given in the environment, which children inherit and container engines show.
    """

    name: str
    meaning: str
    secret: bool = False
    own_file: bool = False


VARIABLES: dict[str, Variable] = {
    variable.name: variable
    for variable in (
        Variable("SSPF_ENV", "demo, test or production"),
        Variable("SSPF_SECRET_KEY", "Django's signing key", secret=True),
        Variable(
            "SSPF_MASTER_KEY",
            "base64 of the 32 bytes that wrap every municipality's key",
            secret=True,
            own_file=True,
        ),
        Variable(
            "SSPF_MASTER_KEY_PREVIOUS",
            "the master key before this one, only while `manage.py rotate master` has work to do",
            secret=True,
            own_file=True,
        ),
        Variable(
            "SSPF_KEY_SERVICES",
            "TOML: key services, and the municipalities whose keys they wrap (docs/production.md)",
        ),
        Variable("SSPF_DATABASE_URL", "postgresql://host:port/database, without credentials"),
        Variable("SSPF_DATABASE_ROLE", "web, worker, sequencer, rotator, owner or backup"),
        Variable("SSPF_DATABASE_PASSWORD", "password of the role sspf_<role>", secret=True),
        Variable("SSPF_REDIS_URL", "redis://:password@host:port/0", secret=True),
        Variable("SSPF_HOSTS", "host names the web answers to, separated by commas"),
        Variable("SSPF_BASE_URL", "where people reach the web, for links in mail"),
        Variable("SSPF_SMTP_URL", "smtp://host:port of the mail server"),
        Variable("SSPF_MAIL_FROM", "sender of reminders"),
        Variable(
            "SSPF_SMS_URL",
            "where SMS are handed over (https, POST of JSON to/from/text); unset: there is no SMS",
        ),
        Variable("SSPF_SMS_TOKEN", "bearer token for SSPF_SMS_URL", secret=True),
        Variable("SSPF_SMS_SENDER", "what an SMS says it is from; SSPF if unset"),
        Variable(
            "SSPF_AUDIT_KEY",
            "base64 of the Ed25519 seed; the sequencer only",
            secret=True,
            own_file=True,
        ),
        Variable("SSPF_AUDIT_PUBLIC_KEY", "base64 of the public key that verifies checkpoints"),
        Variable(
            "SSPF_CHECKPOINT_DIR", "folder outside the database where checkpoints are appended"
        ),
        Variable("SSPF_WITNESSES", "lines `witness NAME VKEY URL`; the courier only"),
        Variable(
            "SSPF_SCANNER",
            "the file scanner (clamd): tcp://host:port or unix:///path; none lets files in unscanned",
        ),
        # Only for `python -m sspf.backups.make` and `python -m sspf.backups.restore`.
        Variable("SSPF_BACKUP_DIR", "folder that backups are written to and restored from"),
        Variable(
            "SSPF_BACKUP_SIGNING_KEY",
            "base64 of the Ed25519 seed that signs backups",
            secret=True,
            own_file=True,
        ),
        Variable(
            "SSPF_BACKUP_PUBLIC_KEY", "base64 of the public key that verifies a backup's signature"
        ),
        Variable(
            "SSPF_BACKUP_CONTENT_READER", "base64 of the public key content dumps are sealed to"
        ),
        Variable(
            "SSPF_BACKUP_KEYS_READER",
            "base64 of the public key that dumps of the keys are sealed to",
        ),
        Variable(
            "SSPF_BACKUP_CONTENT_KEY",
            "base64 of the private key that opens content dumps",
            secret=True,
            own_file=True,
        ),
        Variable(
            "SSPF_BACKUP_KEYS_KEY",
            "base64 of the private key that opens dumps of the keys",
            secret=True,
            own_file=True,
        ),
        Variable("SSPF_BACKUP_KEEP", "how many content dumps are kept; 30 if unset"),
        Variable(
            "SSPF_BACKUP_KEYS_DAYS", "days a dump of the keys is kept; 30 if unset, and never more"
        ),
        # Only for `python -m sspf.provision`, before the first migration.
        Variable("SSPF_SUPERUSER", "the database's superuser, who makes the roles"),
        Variable("SSPF_SUPERUSER_PASSWORD", "the superuser's password", secret=True),
        *(
            Variable(
                f"SSPF_{name.upper()}_PASSWORD", f"password that sspf_{name} is given", secret=True
            )
            for name in ROLES
        ),
    )
}

BACKUP = {name for name in VARIABLES if name.startswith("SSPF_BACKUP_")} - {"SSPF_BACKUP_PASSWORD"}
PROVISIONING = {"SSPF_SUPERUSER", "SSPF_SUPERUSER_PASSWORD"} | {
    f"SSPF_{name.upper()}_PASSWORD" for name in ROLES
}


def _read(name: str) -> str | None:
    """Return the variable's value from the environment, from NAME_FILE, or from `.local/` in demo and test."""
    if name in os.environ and f"{name}_FILE" in os.environ:
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE, not both.")
    own_file = name in VARIABLES and VARIABLES[name].own_file
    if os.environ.get(name) and own_file and os.environ.get("SSPF_ENV") == "production":
        raise ImproperlyConfigured(f"In production {name} is given as a file: set {name}_FILE.")
    if name in os.environ:
        return os.environ[name]
    file = os.environ.get(f"{name}_FILE")
    if file is not None:
        try:
            return key_file.read(file) if own_file else Path(file).read_text("utf-8").strip()
        except key_file.NotOurs as fault:
            raise ImproperlyConfigured(f"{name}_FILE {fault}.") from None
        except (OSError, UnicodeError) as fault:
            why = fault.strerror if isinstance(fault, OSError) else "it is not UTF-8"
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: {why}.") from None
    if name not in ("SSPF_ENV", "SSPF_DATABASE_ROLE") and uses_local_servers():
        from sspf import local  # Only here: production has neither the servers nor their wheels.

        return local.variables(role()).get(name)
    return None


def text(name: str, default: str | None = None) -> str:
    """Return a variable's value, or the default; missing is a clear error that names the variable."""
    if name not in VARIABLES:
        raise ImproperlyConfigured(f"{name} is not registered in sspf/env.py.")
    value = role() if name == "SSPF_DATABASE_ROLE" else _read(name)
    if value is None or value == "":
        value = default
    if value is None:
        meaning = VARIABLES[name].meaning
        raise ImproperlyConfigured(f"{name} is not set ({meaning}). Set {name} or {name}_FILE.")
    return value


def choice(name: str, allowed: tuple[str, ...]) -> str:
    """Return a variable's value if it is one of those allowed."""
    value = environment() if name == "SSPF_ENV" else text(name)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}.")
    return value


def words(name: str, default: str | None = None) -> list[str]:
    """Return a comma-separated variable as a list."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def key(name: str, *, length: int) -> bytes:
    """Return a key given as base64, of exactly the length it must have."""
    try:
        value = base64.b64decode(text(name), validate=True)
    except binascii.Error:
        value = b""
    if len(value) != length:
        raise ImproperlyConfigured(f"{name} must be base64 of {length} bytes.")
    return value


def optional_key(name: str, *, length: int) -> bytes | None:
    """Return a key, or None in the processes that must not hold it."""
    return key(name, length=length) if text(name, "") else None


def host_and_port(name: str) -> tuple[str, int]:
    """Return the two parts of an address such as smtp://host:port."""
    parts = urlsplit(text(name))
    if not parts.hostname or parts.port is None:
        raise ImproperlyConfigured(f"{name} must hold a host and a port.")
    return parts.hostname, parts.port


def outgoing(name: str) -> str:
    """Return the https address of a service we call, or nothing; plain http only on this very machine."""
    address = text(name, "")
    parts = urlsplit(address)
    if address and not (
        (parts.scheme == "https" and parts.hostname)
        or (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"})
    ):
        raise ImproperlyConfigured(f"{name} must be an https address.")
    return address


def database() -> dict[str, Any]:
    """Return Django's settings of the one database, as the role of this process."""
    parts = urlsplit(text("SSPF_DATABASE_URL"))
    if parts.scheme != "postgresql" or not parts.hostname or len(parts.path) < 2:
        raise ImproperlyConfigured(
            "SSPF_DATABASE_URL must look like postgresql://host:port/database."
        )
    if parts.username or parts.password:
        raise ImproperlyConfigured(
            "SSPF_DATABASE_URL holds no credentials: the user is sspf_<SSPF_DATABASE_ROLE>, "
            "the password SSPF_DATABASE_PASSWORD."
        )
    options: dict[str, Any] = {"connect_timeout": 10, "application_name": f"sspf_{role()}"}
    if role() == "web":
        # A page that waits longer than this is a fault; a migration or a worker may take its time.
        options["options"] = (
            "-c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"
        )
    elif role() == "worker":
        # One that was paused in a transaction would hold its locks, and with them the others, until it wakes.
        options["options"] = "-c idle_in_transaction_session_timeout=120s"
    options |= dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "HOST": parts.hostname,
        "PORT": str(parts.port or 5432),
        "USER": f"sspf_{role()}",
        "PASSWORD": text("SSPF_DATABASE_PASSWORD"),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def environment() -> str:
    """Return demo, test or production; only a checkout that uses its own local servers may leave it unset."""
    value = os.environ.get("SSPF_ENV")
    if value is None and _database_is_local():
        value = "demo"
    if value not in ENVIRONMENTS:
        raise ImproperlyConfigured(f"SSPF_ENV must be one of {', '.join(ENVIRONMENTS)}.")
    return value


def uses_local_servers() -> bool:
    """Tell whether what is not set is to be filled from the servers and secrets under `.local/`."""
    return _database_is_local() and environment() != "production"


def role() -> str:
    """Return the database role of this process; only with the local servers may it be left unset."""
    value = os.environ.get("SSPF_DATABASE_ROLE", "web" if uses_local_servers() else "")
    if value not in ROLES:
        raise ImproperlyConfigured(f"SSPF_DATABASE_ROLE must be one of {', '.join(ROLES)}.")
    return value


_ROLE_BY_COMMAND = {
    "migrate": "owner",
    "makemigrations": "owner",
    "sqlmigrate": "owner",
    "showmigrations": "owner",
    "squashmigrations": "owner",
    "optimizemigration": "owner",
    "dbshell": "owner",
    "sequencer": "sequencer",
    "accept_restore": "sequencer",
    "courier": "sequencer",
    "tick": "worker",
    "end_consents": "worker",
    "trust_clock": "worker",
    "rotate": "rotator",
}


def choose_role(command: str) -> None:
    """Set the role that a manage.py command runs as, unless the environment already names one."""
    os.environ.setdefault("SSPF_DATABASE_ROLE", _ROLE_BY_COMMAND.get(command, "web"))


def _database_is_local() -> bool:
    return not (os.environ.get("SSPF_DATABASE_URL") or os.environ.get("SSPF_DATABASE_URL_FILE"))


def command(arguments: list[str] | None = None) -> str:
    """Return the manage.py command of this process, or an empty string."""
    words = [word for word in (arguments or sys.argv)[1:] if not word.startswith("-")]
    return words[0] if words else ""
