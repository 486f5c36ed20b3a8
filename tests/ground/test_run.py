"""`make run` on a copy of this tree, in a path with a space: ready, robust, and nothing left behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.environment import BYTECODE

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90.0

pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment(port: int) -> dict[str, str]:
    """Without what this test run was given, but with its packages: installing them is not what is tried here."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SSPF_", "DJANGO_", "MAKE", "MFLAGS", "PYTEST_"))
    }
    return inherited | {"PORT": str(port), "SSPF_VENV": sys.prefix, "PYTHON": sys.executable}


class Run:
    """A `make run` and what it says."""

    def __init__(self, clone: Path, port: int) -> None:
        self.clone = clone
        self.port = port
        self._said = clone.parent / f"said-{time.monotonic_ns()}"
        with self._said.open("wb") as said:
            self.make = subprocess.Popen(
                ["make", "run"],
                cwd=clone,
                env=clean_environment(port),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                # A shell's background job ignores Ctrl-C, and what it starts inherits that.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
            )

    def said(self) -> str:
        return self._said.read_text(encoding="utf-8")

    def wait_to_say(self, line: str, times: int = 1) -> None:
        deadline = time.monotonic() + PATIENCE
        while self.said().count(line) < times:
            assert self.make.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.1)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(
                f"http://localhost:{self.port}/healthz", timeout=5
            ) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def processes(clone: Path) -> dict[int, str]:
    """Every process that was started with the clone's path or works in it (or in its database's home)."""
    note = clone / ".local" / "postgres-home"
    places = [str(clone), *([note.read_text()] if note.exists() else [])]
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and int(folder.name) != os.getpid():
            try:
                command = (
                    (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                )
                where = str((folder / "cwd").readlink())
            except OSError:
                continue
            if any(place in command or where.startswith(place) for place in places):
                found[int(folder.name)] = command
    return found


def eventually(holds: Callable[[], bool], within: float = 20.0) -> bool:
    deadline = time.monotonic() + within
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def first(clone: Path, part: str) -> int:
    """The oldest process with these words in its command."""
    return min(pid for pid, command in processes(clone).items() if part in command)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("a folder") / "with a space"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=240,
    ).stdout.decode()
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    yield folder
    note = folder / ".local" / "postgres-home"
    home = Path(note.read_text()) if note.exists() else None
    subprocess.run(["make", "reset"], cwd=folder, env=clean_environment(0), check=True, timeout=240)
    assert not (folder / ".local").exists()
    assert home is None or not home.exists()
    assert eventually(lambda: processes(folder) == {})
    shutil.rmtree(f"{BYTECODE}{folder}", ignore_errors=True)


@pytest.fixture
def running(clone: Path) -> Iterator[Run]:
    run = Run(clone, free_port())
    yield run
    if run.make.poll() is None:
        run.make.terminate()
        run.make.wait(30)
    assert eventually(lambda: processes(clone) == {}), processes(clone)


def test_everything_comes_up_survives_kill_9_and_goes_down(clone: Path, running: Run):
    running.wait_to_say(f"SSPF ready on http://localhost:{running.port}\n")
    assert running.answers()
    # Only tests do without (tests/environment.py).
    assert "fsync" not in processes(clone)[first(clone, "bin/postgres")]
    secrets = list((clone / ".local" / "secrets").iterdir())
    assert secrets
    assert {oct(path.stat().st_mode & 0o777) for path in secrets} == {"0o600"}
    assert (clone / ".local" / "secrets").stat().st_mode & 0o777 == 0o700

    supervised = {
        "web": "sspf.wsgi",
        "worker": "--queues critical",
        "worker-default": "--queues default",
        "worker-bulk": "--queues bulk",
        "beat": "sspf.celery beat",
        "sequencer": "manage.py sequencer",
    }
    for words in supervised.values():
        os.kill(first(clone, words), signal.SIGKILL)
    for name in supervised:
        running.wait_to_say(f"{name} ended by itself (signal 9); started again")
    for words in ("valkey-server", "bin/postgres"):
        os.kill(first(clone, words), signal.SIGKILL)
    for name in ("valkey", "postgres"):
        running.wait_to_say(f"{name} is back")
    assert eventually(running.answers)

    beside = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=clone,
        env=clean_environment(running.port),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert beside.returncode == 0, beside.stderr
    assert running.answers()

    running.make.terminate()
    running.make.wait(30)
    assert "SSPF has stopped; nothing is left running\n" in running.said()
    assert eventually(lambda: processes(clone) == {}, within=3), processes(clone)


def test_a_killed_supervisor_takes_everything_with_it(clone: Path, running: Run):
    running.wait_to_say("SSPF ready on")
    os.kill(first(clone, "sspf.run"), signal.SIGKILL)
    running.make.wait(30)
    assert eventually(lambda: processes(clone) == {}), processes(clone)


def test_after_everything_was_killed_at_once_the_next_start_works(clone: Path, running: Run):
    running.wait_to_say("[4/4]")
    for pid in processes(clone):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    running.make.wait(30)
    assert eventually(lambda: processes(clone) == {}), processes(clone)

    again = Run(clone, running.port)
    again.wait_to_say("[4/4]")
    again.make.send_signal(signal.SIGINT)  # To make alone, which does not pass it on.
    again.make.wait(30)
    assert "SSPF has stopped; nothing is left running\n" in again.said()


def test_a_taken_port_is_told_and_nothing_is_started(clone: Path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        run = Run(clone, port)
        assert run.make.wait(30) != 0
    assert f"port {port} is taken by another program" in run.said()
    assert eventually(lambda: processes(clone) == {}), processes(clone)


def test_a_command_without_make_run_starts_the_servers_for_itself_only(clone: Path):
    shown = subprocess.run(
        [sys.executable, "manage.py", "showmigrations", "--plan"],
        cwd=clone,
        env=clean_environment(0),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert shown.returncode == 0, shown.stderr
    assert "access.0001_initial" in shown.stdout
    assert eventually(lambda: processes(clone) == {}, within=3), processes(clone)
