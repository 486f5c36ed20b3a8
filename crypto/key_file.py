"""Files that hold a key or a token: this user's alone, or they are not read."""

import os
import stat
from pathlib import Path

LARGEST = 65_536


class NotOurs(Exception):
    """Others could read or replace the file; the message says what to change, never what it holds."""


def read(path: str | Path) -> str:
    """Return the stripped text of a file that nobody else may touch. Raises NotOurs or OSError.

    Looked at after it is opened, so that nobody can exchange it in between. A link is followed
    (Kubernetes mounts secrets as links); what counts is the file it leads to.
    """
    # Without O_NONBLOCK opening a pipe would wait for a writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        _demand_ours(os.fstat(descriptor))
        return os.read(descriptor, LARGEST).decode("ascii").strip()
    finally:
        os.close(descriptor)


def _demand_ours(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise NotOurs("is no regular file")
    if found.st_uid not in (os.geteuid(), 0):
        raise NotOurs("belongs to another user: it must be this user's or root's")
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise NotOurs("is open to other users: chmod 0400 it")
