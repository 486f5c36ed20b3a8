"""Loaded by `-p` before Django reads its settings: tests are never the demo, and nothing is compiled twice."""

import gc
import os
import sys
from pathlib import Path

os.environ["SSPF_ENV"] = "test"

# Tests start hundreds of processes. Where the surroundings forbid Python its cache (containers often do), each would
# compile all it imports anew, which is half of what a start costs. In a place of its own, `make reset` removes it.
BYTECODE = Path(__file__).resolve().parent.parent / ".local" / "bytecode"
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(BYTECODE)
sys.dont_write_bytecode = False

import pytest  # noqa: E402 - what is imported from here on is compiled once

from sspf import local  # noqa: E402 - as above

# A database of a test is thrown away: to drop one waits for all others to be on the disk, if they are to last.
local.lasting = False


def pytest_collection() -> None:
    """What is collected stays until the end: nothing to look for in it, now or later."""
    gc.disable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()
