"""One supervised process of `make run`: started, watched, started again, and ended with all it has started."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from sspf.processes import die_with_parent

_LARGE_LOG = 5_000_000


class Child:
    """A process in a group of its own, whose output goes to a file under `.local/log`."""

    def __init__(
        self, *, name: str, command: list[str], environment: Mapping[str, str], cwd: Path, log: Path
    ) -> None:
        self.name = name
        self.starts = 0
        self._command = command
        self._environment = environment
        self._cwd = cwd
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._not_before = 0.0
        self._pause = 0.5
        self._started = 0.0

    def start(self) -> None:
        """Start the process."""
        if self._log.exists() and self._log.stat().st_size > _LARGE_LOG:
            self._log.rename(self._log.with_suffix(".log.1"))
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._cwd,
                env=dict(self._environment),
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - the supervisor has one thread
            )
        self.starts += 1
        self._started = time.monotonic()
        self._not_before = time.monotonic() + self._pause

    def ended(self) -> str | None:
        """Return how the process ended, or None while it runs."""
        if self._process is None:
            return None
        code = self._process.poll()
        if code is None:
            return None
        return f"signal {-code}" if code < 0 else f"code {code}"

    def start_again(self) -> bool:
        """Start an ended process again; one that ends at once is given ever longer pauses."""
        if time.monotonic() < self._not_before:
            return False
        self.kill()  # What it has started itself may still hold the port.
        self._pause = min(self._pause * 2, 10.0)
        self.start()
        return True

    def runs_since(self) -> float:
        """Return for how many seconds the process has run; 0 if it has ended."""
        return 0.0 if self.ended() is not None else time.monotonic() - self._started

    def steady(self) -> None:
        """Forget earlier ends of a process that has run for a while."""
        if time.monotonic() > self._not_before + 20:
            self._pause = 0.5

    def ask_to_end(self) -> None:
        """Ask the process to end in good order."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def wait(self, deadline: float) -> None:
        """Wait for the process to end, until the deadline; then end it and all it has started."""
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(max(0.0, deadline - time.monotonic()))
            self.kill()

    def kill(self) -> None:
        """End the whole group at once."""
        if self._process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def tail(self) -> str:
        """Return the end of the log, for a message."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(f"    {line}" for line in lines[-12:])
