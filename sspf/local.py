"""The servers under `.local/`: attach to those that run, or have them started for as long as this process lives.

`ensure()` returns a State. Whoever has called it holds a shared lock; the keeper (sspf/keeper.py) stops the servers
when the last such process has ended. SSPF_TEST_SUPERUSER_DSN together with SSPF_REDIS_URL names other
servers instead (Debian's PostgreSQL and Redis in CI); then nothing is started.
"""

import atexit
import fcntl
import json
import os
import secrets as random
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from psycopg.conninfo import conninfo_to_dict

from sspf import local_secrets
from sspf.provision import ROLES

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
DATABASE = "sspf"
# What the keeper is told where nothing has to last.
PASSING = "--passing"
_HOST = "127.0.0.1"
_PATIENCE = 120.0

# Whether the servers, if this process starts them, keep what was committed even when the machine itself falls.
# Tests, whose databases are thrown away, set it to False before the first `ensure`.
lasting = True


class LocalServersFailed(Exception):
    """The local servers could not be started; the message holds the end of the keeper's log."""


@dataclass(frozen=True, kw_only=True)
class State:
    """Where the servers are and what opens them. Never print one: it holds passwords."""

    superuser_conninfo: str
    database_url: str
    redis_url: str
    smtp_url: str
    passwords: dict[str, str]
    secrets: dict[str, str]
    checkpoints: Path
    mailbox: Path

    def __repr__(self) -> str:
        return f"State(database_url={self.database_url!r})"


@dataclass
class _Attachment:
    """This process's hold on the servers."""

    process: int
    in_use: IO[str]
    state: State
    keeper: subprocess.Popen[bytes] | None


_attachment: _Attachment | None = None


def ensure(*, refresh: bool = False) -> State:
    """Return the state of running servers, starting them first if nobody has; `refresh` looks again."""
    global _attachment  # noqa: PLW0603 - one hold per process is what it is
    if _attachment is not None and not refresh:
        return _attachment.state
    elsewhere = _elsewhere()
    if elsewhere is not None:
        return elsewhere
    prepare()
    if _attachment is None:
        in_use: IO[str] = (LOCAL / "in-use").open("a")
        fcntl.flock(in_use, fcntl.LOCK_SH)  # Waits here while a keeper is stopping.
        atexit.register(release)
        keeper: subprocess.Popen[bytes] | None = None
    else:
        in_use, keeper = _attachment.in_use, _attachment.keeper
    with (LOCAL / "start.lock").open("a") as starting:
        fcntl.flock(starting, fcntl.LOCK_EX)
        ports, started = _wait_for_ports()
    state = _state(ports)
    _attachment = _Attachment(os.getpid(), in_use, state, started or keeper)
    return state


def release() -> None:
    """Let go of the servers; if nobody else uses them, wait until they have stopped."""
    global _attachment
    held, _attachment = _attachment, None
    if held is None or held.process != os.getpid():
        return  # A forked child shares its parent's lock and must leave it alone.
    fcntl.flock(held.in_use, fcntl.LOCK_UN)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and keeper_runs() and not _others_use_them(held.in_use):
        if held.keeper is not None:
            held.keeper.poll()
        time.sleep(0.05)
    if held.keeper is not None and not keeper_runs():
        held.keeper.wait(5)  # It has let go of its lock and is about to be gone.
    held.in_use.close()


def keeper_runs() -> bool:
    """Tell whether a keeper holds its lock."""
    try:
        guard = (LOCAL / "keeper.lock").open("a")
    except FileNotFoundError:
        return False
    with guard:
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def variables(role: str) -> dict[str, str]:
    """Return the environment of one role as the local servers and secrets give it."""
    state = ensure()
    port = os.environ.get("PORT") or _last_web_port()
    # A test beside a running demo must not feed its worker or write among its checkpoints.
    demo = os.environ.get("SSPF_ENV", "demo") == "demo"
    values = {
        "SSPF_SECRET_KEY": state.secrets["secret_key"],
        "SSPF_DATABASE_URL": state.database_url,
        "SSPF_DATABASE_PASSWORD": state.passwords[role],
        "SSPF_REDIS_URL": state.redis_url if demo else _database_of_tests(state.redis_url),
        "SSPF_HOSTS": "localhost,127.0.0.1,[::1]",
        "SSPF_BASE_URL": f"http://localhost:{port}",
        "SSPF_SMTP_URL": state.smtp_url,
        "SSPF_MAIL_FROM": "sspf@localhost",
        "SSPF_SCANNER": "none",
        "SSPF_AUDIT_PUBLIC_KEY": state.secrets["audit_public_key"],
        "SSPF_CHECKPOINT_DIR": str(state.checkpoints if demo else LOCAL / "test-checkpoints"),
    }
    if role == "sequencer":
        values["SSPF_AUDIT_KEY"] = state.secrets["audit_key"]
    else:
        values["SSPF_MASTER_KEY"] = state.secrets["master_key"]
    if role == "backup":
        values |= _for_backups(state)
    return values


def _for_backups(state: State) -> dict[str, str]:
    """What making and restoring backups needs; in production each of the two has its own part of it."""
    superuser = conninfo_to_dict(state.superuser_conninfo)
    names = (
        "signing_key",
        "public_key",
        "content_reader",
        "keys_reader",
        "content_key",
        "keys_key",
    )
    return {f"SSPF_BACKUP_{name.upper()}": state.secrets[f"backup_{name}"] for name in names} | {
        "SSPF_BACKUP_DIR": str(LOCAL / "backups"),
        "SSPF_SUPERUSER": str(superuser["user"]),
        "SSPF_SUPERUSER_PASSWORD": str(superuser.get("password", "")),
        "SSPF_OWNER_PASSWORD": state.passwords["owner"],
        "SSPF_WEB_PASSWORD": state.passwords["web"],
    }


def _database_of_tests(redis_url: str) -> str:
    """Return the address with a numbered database of its own for each process of a parallel test run."""
    address, _, database = redis_url.rpartition("/")
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is not None:
        return f"{address}/{1 + int(worker.removeprefix('gw')) % 15}"
    return f"{address}/1" if database == "0" else redis_url


def _last_web_port() -> str:
    """Return the port of the last `make run`, so that a mail from `manage.py tick` links to it."""
    try:
        return (LOCAL / "web-port").read_text(encoding="ascii")
    except OSError:
        return "8000"


def prepare() -> None:
    """Make the folder `.local` and what must be in it."""
    # 0711: as root the database runs as another user, who must get through but not look around.
    try:
        LOCAL.mkdir(exist_ok=True)
        LOCAL.chmod(0o711)
        for name in ("log", "mailbox", "checkpoints", "test-checkpoints"):
            (LOCAL / name).mkdir(mode=0o700, exist_ok=True)
    except PermissionError:
        raise LocalServersFailed(
            f"{LOCAL} belongs to another user: use that user, or remove the folder as that user with `make reset`."
        ) from None


def _wait_for_ports() -> tuple[dict[str, int], subprocess.Popen[bytes] | None]:
    """Return the servers' ports, having started a keeper if there is none; called under the start lock."""
    deadline = time.monotonic() + _PATIENCE
    keeper: subprocess.Popen[bytes] | None = None
    failures = 0
    log = LOCAL / "log" / "keeper.log"
    told_before = log.stat().st_size if log.exists() else 0
    while time.monotonic() < deadline:
        if keeper_runs():
            ports = _read_ports()
            if ports is not None:
                return ports, keeper
        elif keeper is None or keeper.poll() is not None:
            if keeper is not None:
                failures += 1
            if failures == 2:
                break
            (LOCAL / "state.json").unlink(missing_ok=True)  # Of a keeper that was killed.
            keeper = _start_keeper()
        time.sleep(0.05)
    told = log.read_bytes()[told_before:].decode(errors="replace") if log.exists() else ""
    raise LocalServersFailed(f"The local servers did not start:\n{told[-2000:]}")


def _start_keeper() -> subprocess.Popen[bytes]:
    if not (LOCAL / "ports.json").exists():
        print("Starting PostgreSQL and Valkey for the first time …", file=sys.stderr, flush=True)
    with (LOCAL / "log" / "keeper.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "sspf.keeper", str(LOCAL), *([] if lasting else [PASSING])],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=ROOT,
            start_new_session=True,
        )


def _read_ports() -> dict[str, int] | None:
    try:
        state = json.loads((LOCAL / "state.json").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return {str(name): int(port) for name, port in state["ports"].items()}


def _state(ports: dict[str, int]) -> State:
    secrets = local_secrets.ensure(LOCAL / "secrets")
    return State(
        # The generated passwords are URL-safe: nothing in them needs quoting.
        superuser_conninfo=(
            f"host={_HOST} port={ports['postgres']} user=postgres password={secrets['postgres']} dbname=postgres"
        ),
        database_url=f"postgresql://{_HOST}:{ports['postgres']}/{DATABASE}",
        redis_url=f"redis://:{secrets['valkey']}@{_HOST}:{ports['valkey']}/0",
        smtp_url=f"smtp://{_HOST}:{ports['mailbox']}",
        passwords={role: secrets[f"database_{role}"] for role in ROLES},
        secrets=secrets,
        checkpoints=LOCAL / "checkpoints",
        mailbox=LOCAL / "mailbox",
    )


@cache
def _elsewhere() -> State | None:
    """Return the state of the servers that CI names in the environment, if it does."""
    superuser, redis_url = (
        os.environ.get("SSPF_TEST_SUPERUSER_DSN"),
        os.environ.get("SSPF_REDIS_URL"),
    )
    if not superuser:
        return None
    if not redis_url:
        raise LocalServersFailed("SSPF_TEST_SUPERUSER_DSN needs SSPF_REDIS_URL beside it.")
    # What reads the variable itself and what asks variables() must mean the same database.
    redis_url = os.environ["SSPF_REDIS_URL"] = _database_of_tests(redis_url)
    parts = conninfo_to_dict(superuser)
    prepare()
    secrets = local_secrets.ensure(LOCAL / "secrets")
    return State(
        superuser_conninfo=superuser,
        database_url=f"postgresql://{parts['host']}:{parts.get('port', 5432)}/{DATABASE}_{random.token_hex(4)}",
        redis_url=redis_url,
        smtp_url=f"smtp://{_HOST}:9",  # The discard port: tests start a mail server of their own.
        passwords={role: secrets[f"database_{role}"] for role in ROLES},
        secrets=secrets,
        checkpoints=LOCAL / "checkpoints",
        mailbox=LOCAL / "mailbox",
    )


def _others_use_them(in_use: IO[str]) -> bool:
    """Tell whether other processes hold the users' lock, rather than a keeper on its way out."""
    try:
        fcntl.flock(in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        try:
            fcntl.flock(in_use, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        fcntl.flock(in_use, fcntl.LOCK_UN)
        return True
    fcntl.flock(in_use, fcntl.LOCK_UN)
    return False
