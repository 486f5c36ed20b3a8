"""`make test`, `make check` and `make fix`: every gate in one place, each named, timed and told."""

import base64
import os
import secrets
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from sspf import local

_BIN = os.path.dirname(sys.executable)  # noqa: PTH120 - resolving would leave the virtual environment


@dataclass(frozen=True)
class Gate:
    """One command that must end with 0."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)


def say(text: str) -> None:
    """Show progress at once, also through a pipe."""
    print(text, flush=True)


def _tool(name: str) -> str:
    return os.path.join(_BIN, name)  # noqa: PTH118


def _random_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


# Removed when the process ends.
_folder = TemporaryDirectory(prefix="sspf-check-")


def _key_file() -> str:
    """Production takes the master key only from a file of its own."""
    path = Path(_folder.name) / "master_key"
    path.touch(0o600)
    path.write_text(_random_key(), encoding="ascii")
    return str(path)


def production_like() -> dict[str, str]:
    """Return an environment as production has it, with keys made for this one check and servers nobody asks."""
    return {
        "SSPF_ENV": "production",
        "SSPF_SECRET_KEY": secrets.token_urlsafe(64),
        "SSPF_MASTER_KEY_FILE": _key_file(),
        "SSPF_DATABASE_URL": "postgresql://database.invalid:5432/sspf",
        "SSPF_DATABASE_ROLE": "web",
        "SSPF_DATABASE_PASSWORD": secrets.token_urlsafe(16),
        "SSPF_REDIS_URL": "redis://queue.invalid:6379/0",
        "SSPF_HOSTS": "sspf.invalid",
        "SSPF_BASE_URL": "https://sspf.invalid",
        "SSPF_SMTP_URL": "smtp://mail.invalid:25",
        "SSPF_MAIL_FROM": "sspf@sspf.invalid",
        "SSPF_AUDIT_PUBLIC_KEY": _random_key(),
        "SSPF_CHECKPOINT_DIR": str(local.LOCAL / "checkpoints"),
    }


def _gates() -> list[Gate]:
    python = sys.executable
    return [
        Gate("types (mypy)", [_tool("mypy"), "."], {"SSPF_ENV": "test"}),
        Gate("lint (ruff)", [_tool("ruff"), "check", "."]),
        Gate("format (ruff)", [_tool("ruff"), "format", "--check", "."]),
        Gate("rooms (import-linter)", [_tool("lint-imports")]),
        Gate(
            "deployment (manage.py check --deploy)",
            [python, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
            production_like(),
        ),
        Gate("leak plan (manage.py leakplan)", [python, "manage.py", "leakplan", "--quiet"]),
        Gate(
            "migrations (makemigrations --check)",
            [python, "manage.py", "makemigrations", "--check", "--dry-run"],
        ),
    ]


def _pass(gate: Gate) -> bool:
    started = time.monotonic()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("SSPF_")
    }
    done = subprocess.run(
        gate.command,
        cwd=local.ROOT,
        env=environment | gate.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    took = time.monotonic() - started
    if done.returncode:
        output = done.stdout.decode(errors="replace").rstrip()
        say(f"{output}\nFAILED  {gate.name} ({took:.1f} s)")
    else:
        say(f"passed  {gate.name} ({took:.1f} s)")
    return done.returncode == 0


def check() -> list[str]:
    """Run everything but the tests, two at a time; return the names of those that failed."""
    gates = _gates()
    with ThreadPoolExecutor(max_workers=2) as pool:
        results = list(pool.map(_pass, gates))
    return [gate.name for gate, passed in zip(gates, results, strict=True) if not passed]


def suite(arguments: list[str]) -> list[str]:
    """Run the tests, a file at a time in each of a few processes, the longest first; return what failed."""
    processes = min(os.cpu_count() or 1, 4)
    # Left to itself xdist takes the files with many tests first, and ends with the long ones that have few.
    by_file = ["-n", str(processes), "--dist", "loadfile", "--no-loadscope-reorder"]
    # A process that a test brought down ends the run: xdist would wait for the rest of its file for ever.
    by_file += ["--max-worker-restart", "0"]
    parallel = by_file if processes > 1 else []
    say("Tests …")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *parallel, *arguments],
        cwd=local.ROOT,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return ["tests (pytest)"] if done.returncode else []


def fix() -> list[str]:
    """Let ruff put in order what it can."""
    for command in (["check", "--fix", "."], ["format", "."]):
        subprocess.run([_tool("ruff"), *command], cwd=local.ROOT, check=False)
    return []


def main(arguments: list[str]) -> int:
    """Run one of the commands: fix, check, suite (only the tests) or test (both)."""
    command, *rest = arguments
    started = time.monotonic()
    if command == "fix":
        failed = fix()
    else:
        local.ensure()  # Held here, so that each gate attaches to the same servers.
        failed = check() if command in ("check", "test") else []
        if command in ("suite", "test"):
            failed += suite(rest)
    took = time.monotonic() - started
    if failed:
        say(f"FAILED after {took:.0f} s: {', '.join(failed)}")
        return 1
    if command != "fix":
        say(f"Everything passed in {took:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
