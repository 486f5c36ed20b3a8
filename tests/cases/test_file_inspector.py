"""The inspector's own process: it can open nothing, it is not believed, and it is given up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cases.rules.file_kinds import Problem
from cases.services import file_check, file_inspector
from cases.services.file_check import INSPECTOR, check_file
from tests.cases import made_files
from tests.cases.test_file_check import refused

OPENS = """
import importlib.util, os, socket, sys
spec = importlib.util.spec_from_file_location("inspector", sys.argv[1])
inspector = importlib.util.module_from_spec(spec)
spec.loader.exec_module(inspector)
inspector.close_the_doors()
ways = {
    "file": lambda: open("/etc/passwd"),
    "socket": lambda: socket.socket(),
    "pipe": lambda: os.pipe(),
    "memory": lambda: bytearray(inspector.MEMORY),
}
opened = []
for name, way in ways.items():
    try:
        way()
        opened.append(name)
    except (OSError, MemoryError):
        pass
print(opened)
"""


def test_the_inspector_can_open_nothing_and_fill_no_memory() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", OPENS, str(INSPECTOR)],
        capture_output=True,
        check=True,
        timeout=240,
    )
    assert done.stdout == b"[]\n"


def test_the_inspector_imports_nothing_of_ours_and_is_given_no_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[dict[str, Any]] = []
    real = subprocess.run

    def noted(*args: Any, **kwargs: Any) -> Any:
        asked.append(kwargs)
        return real(*args, **kwargs)

    monkeypatch.setattr(subprocess, "run", noted)
    check_file(made_files.pdf())
    assert asked[0]["env"] == {}
    source = INSPECTOR.read_text(encoding="utf-8")
    for room in ("access", "audit", "cases", "crypto", "django", "sspf"):
        assert f"import {room}" not in source
        assert f"from {room}" not in source


def test_a_pdf_of_endlessly_many_objects_is_not_walked_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = made_files.pdf(5)
    assert file_inspector.look_into_pdf(content, 5, 0) == (5, b"")
    monkeypatch.setattr(file_inspector, "MAX_OBJECTS", 5)
    with pytest.raises(file_inspector.Refused, match="broken"):
        file_inspector.look_into_pdf(content, 5, 0)


@pytest.mark.parametrize(
    "answer",
    [b"", b"no json", b"{}\n", b'{"media_type": "text/html", "pages": null, "problem": ""}\n'],
)
def test_an_inspector_that_says_something_else_is_not_believed(
    answer: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    liar = tmp_path / "liar.py"
    liar.write_text(f"import sys; sys.stdin.buffer.read(); sys.stdout.buffer.write({answer!r})")
    monkeypatch.setattr(file_check, "INSPECTOR", liar)
    assert refused(made_files.pdf()) is Problem.BROKEN


def test_a_verdict_of_an_inspector_that_died_afterwards_does_not_count(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dying = tmp_path / "dying.py"
    dying.write_text(
        INSPECTOR.read_text(encoding="utf-8").replace(
            "    main()\n", "    main()\n    sys.exit(1)\n"
        )
    )
    monkeypatch.setattr(file_check, "INSPECTOR", dying)
    assert refused(made_files.pdf()) is Problem.BROKEN


def test_a_missing_library_is_the_installations_fault_and_not_the_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bare = tmp_path / "bare.py"
    source = INSPECTOR.read_text(encoding="utf-8")
    bare.write_text(source.replace("import pypdf.filters", "import pypdf.not_there"))
    monkeypatch.setattr(file_check, "INSPECTOR", bare)
    with pytest.raises(file_check.InspectorUnusable):
        check_file(made_files.pdf())


def test_an_inspector_that_never_answers_is_stopped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sleeper = tmp_path / "sleeper.py"
    sleeper.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(file_check, "INSPECTOR", sleeper)
    monkeypatch.setattr(file_check, "SECONDS", 0.2)
    assert refused(made_files.pdf()) is Problem.BROKEN
