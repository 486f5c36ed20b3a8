"""Waits that end: a test that would wait for ever fails instead, and says for what."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ended_after(seconds: float, process: subprocess.Popen[str]) -> Iterator[None]:
    """For whoever reads the process's lines one by one: after so long it is killed, and there are no more of them."""
    ending = threading.Timer(seconds, process.kill)
    ending.start()
    try:
        yield
    finally:
        ending.cancel()
