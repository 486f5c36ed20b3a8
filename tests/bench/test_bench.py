"""`make bench SMALL=1`: every benchmark works at its smallest size. What it measures is not looked at."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from bench.__main__ import GROUPS, main
from sspf import local


@pytest.mark.slow
def test_every_benchmark_gives_figures_and_leaves_no_database(
    tmp_path: Path, superuser_conninfo: str
) -> None:
    written = tmp_path / "performance.md"
    process = subprocess.Popen(
        [sys.executable, "-m", "bench", "--small", "--write", str(written)],
        cwd=local.ROOT,
        env={name: value for name, value in os.environ.items() if name != "SSPF_ENV"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    parts = re.split(r"^(\w+) …$", output, flags=re.MULTILINE)
    told = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert tuple(told) == GROUPS
    text = written.read_text(encoding="utf-8")
    for group, lines in told.items():
        names = re.findall(r"^  (.+): [\d.]+(?: ms| %)? \(", lines, flags=re.MULTILINE)
        assert names, group
        for name in names:
            assert f"| {name} |" in text
            assert f"- **{name}.**" in text
    with psycopg.connect(superuser_conninfo) as cluster:
        left = cluster.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE %s", [f"sspf_bench_{process.pid}%"]
        ).fetchall()
    assert left == []


def test_an_unknown_group_is_said_to_be_unknown() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--only", "blind,colour"])
    assert ended.value.code == 2
