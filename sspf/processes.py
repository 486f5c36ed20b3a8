"""Child processes that end with their parent, and what the local servers have in common."""

import ctypes
import importlib.util
import os
import pwd
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

HOST = "127.0.0.1"
_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x10000000
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


def have_a_name() -> None:
    """Give a user without an entry in the password file (a container's arbitrary number) the name of another.

    initdb insists on a name. A user namespace lends one, where the kernel lets us; elsewhere initdb says what it misses.
    """
    user = os.geteuid()
    try:
        pwd.getpwuid(user)
    except KeyError:
        lent = next((entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid), None)
        if _libc is not None and lent is not None and _libc.unshare(_CLONE_NEWUSER) == 0:
            Path("/proc/self/uid_map").write_text(f"{lent} {user} 1", encoding="ascii")


def end_with_parent(by: signal.Signals) -> None:
    """Have the kernel send this process the signal when its parent dies (Linux only)."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(by), 0, 0, 0)


def parent_was_interrupted() -> bool:
    """Tell whether the `make` above us was sent SIGINT alone, not from the keyboard.

    It then waits for us but passes nothing on; all that shows is that it no longer catches the signal (Linux only).
    """
    try:
        status = Path(f"/proc/{os.getppid()}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    caught = next((line.split()[1] for line in status.splitlines() if "SigCgt" in line), None)
    return caught is not None and not int(caught, 16) & 1 << (signal.SIGINT - 1)


def wait_until(
    ready: Callable[[], bool], process: subprocess.Popen[bytes], what: str, log: Path
) -> None:
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


def package(name: str) -> Path:
    """Return a wheel's folder without importing it: both start helpers do things on import or start that we do not want."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ServerFailed(
            f"{name} is not installed: run `make run` or `make test`, or set SSPF_DATABASE_URL."
        )
    return Path(spec.origin).parent


def runs(pid: int, argument: str) -> bool:
    """Tell whether the process exists and was started with the argument: a number alone may be somebody else's."""
    if pid <= 0:
        return False
    if sys.platform == "linux":
        try:
            shown = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False
    else:
        shown = subprocess.run(
            ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, check=False
        ).stdout
    return argument.encode() in shown
