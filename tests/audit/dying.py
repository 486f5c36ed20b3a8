"""Kill -9 at every step: work in a child process that dies, or whose server dies, at its n-th dealing with disk,
database or network.

The steps are those of the real functions of the operating system and of psycopg; nothing of the product knows of it.
"""

from __future__ import annotations

import os
import signal
import stat
import sys
import traceback
import urllib.request
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import psycopg
from django.db import DatabaseError, connection

Torn = Callable[..., object]


def die() -> None:
    """End this process as the kernel ends one: nothing of it runs any more."""
    os.kill(os.getpid(), signal.SIGKILL)


def steps(
    work: Callable[[], None], *, kill: Callable[[], None] = die, most: int = 400
) -> Iterator[tuple[int, str]]:
    """Do the work again and again, killed one step later each time, until it gets to its end.

    Gives the number and name of the step it came to; the caller recovers and looks before it asks for the next.
    """
    for number in range(most):
        died = _die_at(number, work, kill)
        if died is None:
            return
        yield number, died
    raise AssertionError("it never got to its end")


def _die_at(number: int, work: Callable[[], None], kill: Callable[[], None]) -> str | None:
    # A connection that two processes share would be closed by the first that ends.
    connection.close()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _arm(number, writer, kill)
            work()
        except DatabaseError:
            traceback.print_exc(file=sys.__stderr__)
            os._exit(4)
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
    else:
        # Whose server dies may fail, but only because of that.
        assert os.WEXITSTATUS(status) in ((0, 4) if name else (0,)), "the work itself failed"
    return name or None


def _arm(number: int, writer: int, kill: Callable[[], None]) -> None:
    left = [number]
    write = os.write

    def step(owner: Any, name: str, *, half: Torn | None = None, after: bool = False) -> None:
        real = getattr(owner, name)

        def passes(how: str) -> bool:
            left[0] -= 1
            if left[0] != -1:
                return True
            write(writer, f"{how} {name}".encode())
            return False

        @wraps(real)
        def dying(*args: Any, **kwargs: Any) -> Any:
            if not passes("before"):
                kill()
            if half is not None and not passes("half-way through"):
                half(*args, **kwargs)
                kill()
            result = real(*args, **kwargs)
            if after and not passes("after"):
                kill()
            return result

        setattr(owner, name, dying)

    # A torn file is what is left of a process that died; one whose server died writes on.
    torn = kill is die
    step(os, "fsync", half=_halve if torn else None)
    step(os, "write", half=_write_half(write) if torn else None)
    step(os, "replace", after=True)
    step(psycopg.Cursor, "execute")
    step(psycopg.Connection, "commit", half=_send_commit, after=True)
    step(urllib.request.OpenerDirector, "open", after=True)


def _halve(file: int) -> None:
    status = os.fstat(file)
    if stat.S_ISREG(status.st_mode):
        os.ftruncate(file, status.st_size // 2)


def _write_half(write: Callable[[int, bytes], int]) -> Torn:
    return lambda file, data: write(file, data[: len(data) // 2])


def _send_commit(own: psycopg.Connection[Any]) -> None:
    """Tell the server to commit, and do not wait for its answer."""
    own.pgconn.send_query(b"COMMIT")
    own.pgconn.flush()
