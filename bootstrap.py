#!/usr/bin/env python3
"""Everything `make` does starts here: bring up `.venv` from the hashed lock, then hand over to a module in it.

Standard library only, because nothing else is there yet. `make` without a target lists the commands.
"""

import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
LOCAL = ROOT / ".local"
VENV = Path(os.environ.get("SSPF_VENV") or ROOT / ".venv").absolute()
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements-dev.txt"
UV_LOCK = ROOT / "requirements-uv.txt"

MODULES = {"run": "sspf.run", "test": "sspf.checks", "check": "sspf.checks", "fix": "sspf.checks"}
COMMANDS = {
    "verify": "sspf.verify",
    "backup": "sspf.backups.make",
    "restore": "sspf.backups.restore",
    "bench": "bench",
    "crawl": "tests.crawl",
    "chaos": "tests.chaos",
}


def say(text: str) -> None:
    """Show progress at once, also through a pipe."""
    print(text, flush=True)


def main(arguments: list[str]) -> int:
    """Run one command."""
    if sys.version_info < (3, 11):
        say("SSPF needs Python 3.11 or later: make PYTHON=/path/to/python3.11 …")
        return 1
    command, *rest = arguments or [""]
    os.chdir(ROOT)
    if command == "reset":
        return reset()
    bring_up_venv()
    if command == "lock":
        return lock()
    if command == "venv":
        return 0
    if command in MODULES:
        os.execv(PYTHON, [str(PYTHON), "-m", MODULES[command], command, *rest])
    if command in ("tick", "shell", "messages"):
        os.execv(PYTHON, [str(PYTHON), "manage.py", command, *rest])
    if command in COMMANDS:
        os.execv(PYTHON, [str(PYTHON), "-m", COMMANDS[command], *rest])
    say(f"Unknown command: {command}")
    return 2


def bring_up_venv() -> None:
    """Make the virtual environment equal to the lock file; nothing is done where it already is."""
    if os.environ.get("SSPF_VENV") and PYTHON.exists():
        return  # Somebody else's environment: used, never changed.
    stamp = VENV / "sspf-stamp"
    wanted = hashlib.sha256(
        b"\0".join((LOCK.read_bytes(), UV_LOCK.read_bytes(), sys.version.encode(), bytes(VENV)))
    ).hexdigest()
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / "venv.lock").open("a") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if PYTHON.exists() and stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
            return
        started = time.monotonic()
        say("Making .venv …")
        make_venv()
        say("Installing the locked packages …")
        install()
        stamp.write_text(wanted, encoding="ascii")
        say(f"… .venv is ready ({time.monotonic() - started:.0f} s)")


def make_venv() -> None:
    """Make an empty environment, also where ensurepip is missing (Debian without python3-venv)."""
    same_place = (VENV / "sspf-stamp").exists() or not VENV.exists()
    if (
        PYTHON.exists()
        and same_place
        and subprocess.run([PYTHON, "-c", ""], check=False).returncode == 0
    ):
        version = subprocess.run(
            [PYTHON, "-c", "import sys; print(sys.version)"],
            capture_output=True,
            text=True,
            check=False,
        )
        if version.stdout.strip() == sys.version:
            return
    if VENV.exists() and not (VENV / "pyvenv.cfg").exists() and any(VENV.iterdir()):
        raise SystemExit(f"{VENV} is not a virtual environment; move it away.")
    venv = [sys.executable, "-m", "venv", "--clear"]
    with_pip = subprocess.run(
        [sys.executable, "-m", "pip", "--version"], capture_output=True, check=False
    )
    if with_pip.returncode == 0:
        subprocess.run([*venv, "--without-pip", str(VENV)], check=True)
    elif subprocess.run([*venv, str(VENV)], capture_output=True, check=False).returncode:
        raise SystemExit("Neither pip nor ensurepip is there: install pip for this Python first.")


def install() -> None:
    """Install the lock with uv, which takes seconds; with pip where uv cannot reach the index."""
    uv = VENV / "bin" / "uv"
    pip = pip_of_venv()
    have_uv = subprocess.run(
        [*pip, "install", "-qq", "--no-deps", "--require-hashes", "-r", str(UV_LOCK)], check=False
    )
    if have_uv.returncode == 0 and uv.exists():
        synced = subprocess.run(
            [str(uv), "pip", "sync", "-q", "--require-hashes", str(LOCK)],
            env=os.environ | index_of_pip(pip) | {"VIRTUAL_ENV": str(VENV)},
            check=False,
        )
        if synced.returncode == 0:
            return
    say("uv did not manage; installing with pip, which takes a minute or two …")
    subprocess.run(
        [*pip, "install", "-qq", "--no-deps", "--require-hashes", "-r", str(LOCK)], check=True
    )


def pip_of_venv(python: Path = PYTHON) -> list[str]:
    """Return a pip that installs into the environment: its own, or this Python's pointed at it."""
    own = [str(python), "-m", "pip"]
    if subprocess.run([*own, "--version"], capture_output=True, check=False).returncode == 0:
        return own
    return [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]


def index_of_pip(pip: list[str]) -> dict[str, str]:
    """Return pip's own index as uv's variables: uv does not read pip's configuration."""
    shown = subprocess.run([*pip, "config", "list"], capture_output=True, text=True, check=False)
    found: dict[str, str] = {}
    names = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}
    for line in shown.stdout.splitlines():
        key, _, value = line.partition("=")
        name = names.get(key.rpartition(".")[2])
        if name and name not in os.environ:
            found[name] = value.strip("'\"")
    return found


def lock() -> int:
    """Make the lock files anew: universal, from Python 3.11, with hashes and without any host's name."""
    uv = str(VENV / "bin" / "uv")
    for source in sorted(ROOT.glob("requirements*.in")):
        target = source.with_suffix(".txt")
        say(f"{target.name} …")
        options = [
            "-q",
            "--universal",
            "--python-version",
            "3.11",
            "--generate-hashes",
            "--no-header",
        ]
        arguments = [uv, "pip", "compile", *options, source.name, "-o", target.name]
        subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL)
        if "://" in target.read_text(encoding="utf-8"):
            say(f"{target.name} names a host; it must not.")
            return 1
    return 0


def reset() -> int:
    """Stop what runs in this folder, then remove its data, its keys and its environment."""
    for name, process in (
        ("make run", pid_in("run.json")),
        ("the local servers", pid_in("state.json")),
    ):
        if process:
            say(f"Stopping {name} …")
            stop(process)
    note = LOCAL / "postgres-home"
    if note.exists():
        home = Path(note.read_text(encoding="utf-8"))
        if home.name.startswith("sspf-"):
            shutil.rmtree(home, ignore_errors=True)
    for folder in (LOCAL, ROOT / ".venv"):
        if folder.exists():
            say(f"Removing {folder.name} …")
            shutil.rmtree(folder)
    return 0


def pid_in(name: str) -> int | None:
    """Return the process a state file names, if it still is one of ours."""
    try:
        state = json.loads((LOCAL / name).read_text(encoding="ascii"))
        process = int(state["process"])
    except (OSError, ValueError, KeyError):
        return None
    return process if b"sspf." in command_of(process) else None


def command_of(process: int) -> bytes:
    """Return the command line of a process, empty if there is none."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{process}/cmdline").read_bytes()
        except OSError:
            return b""
    shown = ["ps", "-ww", "-o", "command=", "-p", str(process)]
    return subprocess.run(shown, capture_output=True, check=False).stdout


def stop(process: int) -> None:
    """Ask a process to end and wait until it has; it may have ended by itself, with another that was stopped."""
    deadline = time.monotonic() + 30
    wanted: int = signal.SIGTERM
    while time.monotonic() < deadline:
        try:
            os.kill(process, wanted)
        except ProcessLookupError:
            return
        wanted = 0
        time.sleep(0.1)
    raise SystemExit(f"Process {process} does not stop.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
