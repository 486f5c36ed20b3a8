"""`make run`: the whole system on one machine until Ctrl-C, with the demo in it.

Starts the local servers (through their keeper), migrates, seeds, and supervises web, worker, beat and sequencer.
A process that dies is started again; when this one ends, however it ends, all others end too.
"""

import errno
import fcntl
import json
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import IO

from sspf import local
from sspf.children import Child
from sspf.processes import end_with_parent, parent_was_interrupted

_PATIENCE = 90.0
_STOP_WITHIN = 12.0
# Queue → the child that serves it.
_WORKERS = {"critical": "worker", "default": "worker-default", "bulk": "worker-bulk"}
# A worker whose canary has been silent that long is ended and started again: it may hang after its broker came back.
_SILENCE = 120.0
_LISTEN_EVERY = 15.0


class CannotRunError(Exception):
    """The message says why, and what to do."""


def say(text: str) -> None:
    """Show progress at once, also through a pipe; a reader that has gone must not keep us from stopping the rest."""
    with suppress(OSError):
        print(text, flush=True)


class Supervisor:
    """Starts everything in order, watches it, ends it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._asked = 0
        self._below_make = False
        self._children: list[Child] = []
        self._task: Child | None = None
        self._state: local.State | None = None
        self._keeper_log = local.LOCAL / "log" / "keeper.log"
        self._told = 0
        self._listened = 0.0

    def run(self) -> int:
        """Run until somebody asks to stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)
        # An interactive make catches the signal; where it does not from the start, there is nothing to see.
        self._below_make = bool(os.environ.get("MAKELEVEL")) and not parent_was_interrupted()
        if self._below_make:
            end_with_parent(signal.SIGTERM)
        try:
            self._start(_hosts(self._port))
            while not self._over():
                self._look()
                time.sleep(0.3)
        except CannotRunError as error:
            say(f"SSPF cannot run: {error}")
            return 1
        finally:
            self._stop()
        return 0

    def _ask(self, number: int, _: FrameType | None) -> None:
        self._asked += 1
        if self._asked == 2:
            for child in [*self._children, *([self._task] if self._task else [])]:
                child.kill()

    def _over(self) -> bool:
        """Tell whether somebody asked us, or the make above us, to stop."""
        return self._asked > 0 or (self._below_make and parent_was_interrupted())

    def _start(self, hosts: list[str]) -> None:
        say("[1/4] PostgreSQL, Valkey and the mailbox …")
        self._state = local.ensure()
        (local.LOCAL / "web-port").write_text(str(self._port), encoding="ascii")
        self._told = self._keeper_log.stat().st_size
        say("[2/4] Database tables …")
        self._task = self._begin("migrate", role="owner")
        while not self._over() and not self._done(self._task):
            time.sleep(0.05)
        if self._over():
            return
        say("[3/4] Web, worker, beat and sequencer …")
        self._children = self._make_children(hosts)
        for child in self._children:
            child.start()
        say("[4/4] Demo municipalities and their people …")
        self._task = self._begin("seed_demo", role="web")
        deadline = time.monotonic() + _PATIENCE
        # In this order: until the demo is there, nobody is told that the web answers.
        while not self._over() and not (self._done(self._task) and self._web_answers()):
            self._look()
            web = self._children[0]
            if web.starts > 4 or time.monotonic() > deadline:
                raise CannotRunError(f"the web does not answer. The end of its log:\n{web.tail()}")
            time.sleep(0.2)
        if not self._over():
            self._task = None  # Its number may one day be another process's.
            say(f"SSPF ready on http://localhost:{self._port}")

    def _begin(self, command: str, *, role: str) -> Child:
        """Start a manage.py command that ends by itself."""
        log = local.LOCAL / "log" / f"{command}.log"
        log.unlink(missing_ok=True)
        task = Child(
            name=command,
            command=[sys.executable, "manage.py", command],
            environment=self._environment(role),
            cwd=local.ROOT,
            log=log,
        )
        task.start()
        return task

    def _done(self, task: Child) -> bool:
        """Tell whether a command has ended; a failed one ends everything."""
        how = task.ended()
        if how not in (None, "code 0"):
            raise CannotRunError(f"manage.py {task.name} failed ({how}):\n{task.tail()}")
        return how is not None

    def _make_children(self, hosts: list[str]) -> list[Child]:
        python = sys.executable
        bind = [word for host in hosts for word in ("--bind", f"{host}:{self._port}")]
        gunicorn = [python, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", *bind]
        celery = [python, "-m", "celery", "-A", "sspf.celery"]
        level = ["--loglevel", "WARNING"]
        # A schedule file that was cut in the middle of a write would stop beat from starting.
        schedule = local.LOCAL / "beat" / "schedule"
        schedule.parent.mkdir(mode=0o700, exist_ok=True)
        for leftover in schedule.parent.iterdir():
            leftover.unlink()
        commands = {
            "web": ("web", [*gunicorn, "sspf.wsgi:application"]),
            **{
                name: (
                    "worker",
                    [
                        *(*celery, "worker", "--queues", queue, "--concurrency", "1"),
                        *("--hostname", f"{queue}@%h", *level),
                    ],
                )
                for queue, name in _WORKERS.items()
            },
            "beat": (
                "worker",
                [*celery, "beat", "--schedule", str(schedule), "--pidfile=", *level],
            ),
            "sequencer": ("sequencer", [python, "manage.py", "sequencer"]),
        }
        return [
            Child(
                name=name,
                command=command,
                environment=self._environment(role),
                cwd=local.ROOT,
                log=local.LOCAL / "log" / f"{name}.log",
            )
            for name, (role, command) in commands.items()
        ]

    def _environment(self, role: str) -> dict[str, str]:
        """Return the environment of a child: what it needs it finds under `.local` itself, no secret is passed."""
        return os.environ | {
            "SSPF_ENV": "demo",
            "SSPF_DATABASE_ROLE": role,
            "PORT": str(self._port),
            "PYTHONUNBUFFERED": "1",
        }

    def _look(self) -> None:
        """Start again what has ended, and tell."""
        if not local.keeper_runs():
            say("The keeper of the local servers ended by itself; starting it again")
            before, self._state = self._state, local.ensure(refresh=True)
            if before != self._state:
                say("The servers have other ports now; starting the rest again")
                for child in self._children:
                    child.kill()
        self._tell_keeper_log()
        self._end_silent_workers()
        for child in self._children:
            how = child.ended()
            if how is None:
                child.steady()
            elif not self._asked and child.start_again():
                say(f"{child.name} ended by itself ({how}); started again")

    def _end_silent_workers(self) -> None:
        """End a worker that runs but whose canary does not come through; it is started again like any that ended."""
        if time.monotonic() < self._listened + _LISTEN_EVERY:
            return
        self._listened = time.monotonic()
        for queue in self._silent_queues():
            for child in self._children:
                # One that was just started has had no time for its first canary.
                if child.name == _WORKERS.get(queue) and child.runs_since() > _SILENCE:
                    say(f"{child.name} has been silent for two minutes; ending it")
                    child.kill()

    def _silent_queues(self) -> list[str]:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self._port}/healthz/reminders", timeout=2
            ):
                return []
        except urllib.error.HTTPError as answer:
            with suppress(ValueError):
                return list(json.loads(answer.read()).get("silent", []))
        except OSError:
            pass
        return []

    def _tell_keeper_log(self) -> None:
        size = self._keeper_log.stat().st_size
        if size > self._told:
            with self._keeper_log.open("rb") as log:
                log.seek(self._told)
                for line in log.read(size - self._told).decode(errors="replace").splitlines():
                    say(line)
            self._told = size

    def _web_answers(self) -> bool:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self._port}/healthz", timeout=5
            ) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _stop(self) -> None:
        if self._state is None:
            return
        say("Stopping …")
        deadline = time.monotonic() + _STOP_WITHIN
        everybody = [*([self._task] if self._task else []), *reversed(self._children)]
        for child in everybody:
            child.ask_to_end()
        for child in everybody:
            child.wait(deadline)
        local.release()
        say("SSPF has stopped; nothing is left running")


def _hosts(port: int) -> list[str]:
    """Return the loopback addresses to serve on; say so clearly if the port is taken."""
    hosts = []
    for family, host, shown in (
        (socket.AF_INET, "127.0.0.1", "127.0.0.1"),
        (socket.AF_INET6, "::1", "[::1]"),
    ):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
                hosts.append(shown)
        except PermissionError:
            raise CannotRunError(
                f"port {port} is not open to this user. Try: make run PORT=8000"
            ) from None
        except OSError as error:
            if error.errno == errno.EADDRINUSE or host == "127.0.0.1":
                raise CannotRunError(
                    f"port {port} is taken by another program. Stop it, or: make run PORT={port + 1}"
                ) from None
    return hosts


def _only_one(folder: Path) -> IO[str]:
    """Hold the folder's lock, or say who does."""
    path = folder / "run.json"
    guard = path.open("a+", encoding="ascii")
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        guard.seek(0)
        process = json.loads(guard.read() or "{}").get("process", "?")
        raise CannotRunError(f"it already runs in this folder (process {process}).") from None
    guard.truncate(0)
    guard.write(json.dumps({"process": os.getpid()}))
    guard.flush()
    return guard


def _supervise() -> int:
    """Check what can be checked before anything is started, then run."""
    foreign = [name for name in os.environ if name.startswith(("SSPF_DATABASE_", "SSPF_REDIS_"))]
    if foreign:
        raise CannotRunError(f"the demo uses its own servers; unset {', '.join(foreign)} first.")
    port = os.environ.get("PORT") or "8000"
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise CannotRunError("PORT must be a number from 1 to 65535.")
    local.prepare()
    with _only_one(local.LOCAL):
        return Supervisor(int(port)).run()


def main() -> int:
    """Run, or say why that cannot be."""
    os.umask(0o077)
    try:
        return _supervise()
    except (CannotRunError, local.LocalServersFailed) as error:
        say(f"SSPF cannot run: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
