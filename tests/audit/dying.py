"""Kill -9 at every step: work in a child process that dies at its n-th dealing with disk, database or network.

The steps are those of the real functions of the operating system and of psycopg; nothing of the product knows of it.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
import urllib.request
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import psycopg
from django.db import connection

Torn = Callable[..., object]


def steps(work: Callable[[], None], *, most: int = 400) -> Iterator[tuple[int, str]]:
    """Do the work again and again, killed one step later each time, until it gets to its end.

    Gives the number and name of the step it died at; the caller recovers and looks before it asks for the next.
    """
    for number in range(most):
        died = _die_at(number, work)
        if died is None:
            return
        yield number, died
    raise AssertionError("it never got to its end")


def _die_at(number: int, work: Callable[[], None]) -> str | None:
    # A connection that two processes share would be closed by the first that ends.
    connection.close()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _arm(number, writer)
            work()
        except BaseException:  # noqa: BLE001  nothing may leave the child but its end
            traceback.print_exc(file=sys.__stderr__)
            os._exit(3)
        os._exit(0)
    os.close(writer)
    _child, status = os.waitpid(child, 0)
    with os.fdopen(reader) as told:
        name = told.read()
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return name
    assert os.WEXITSTATUS(status) == 0, "the work itself failed"
    return None


def _arm(number: int, writer: int) -> None:
    left = [number]
    write = os.write

    def step(owner: Any, name: str, *, half: Torn | None = None, after: bool = False) -> None:
        real = getattr(owner, name)

        def passes(how: str) -> bool:
            left[0] -= 1
            if left[0] >= 0:
                return True
            write(writer, f"{how} {name}".encode())
            return False

        def die() -> None:
            os.kill(os.getpid(), signal.SIGKILL)

        @wraps(real)
        def dying(*args: Any, **kwargs: Any) -> Any:
            if not passes("before"):
                die()
            if half is not None and not passes("half-way through"):
                half(*args, **kwargs)
                die()
            result = real(*args, **kwargs)
            if after and not passes("after"):
                die()
            return result

        setattr(owner, name, dying)

    truncate = os.ftruncate
    step(os, "fsync", half=lambda file: truncate(file, os.fstat(file).st_size // 2)
         if os.fstat(file).st_mode & 0o100000 and os.fstat(file).st_size else None)  # fmt: skip
    step(os, "write", half=lambda file, data: write(file, data[: len(data) // 2]))
    step(os, "replace", after=True)
    step(psycopg.Cursor, "execute")
    step(psycopg.Connection, "commit", half=_send_commit, after=True)
    step(urllib.request.OpenerDirector, "open", after=True)


def _send_commit(own: psycopg.Connection[Any]) -> None:
    """Tell the server to commit, and do not wait for its answer."""
    own.pgconn.send_query(b"COMMIT")
    own.pgconn.flush()
