"""A process that rotates a municipality's key again and again while it is told to."""

import multiprocessing
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection
from uuid import UUID

import django

KIND = "municipality"
WORK, REST = "work", "rest"
# As `manage.py rotate` does it unless told otherwise.
PACE = 0.5


@contextmanager
def rotator(
    environment: Mapping[str, str], municipality_id: UUID
) -> Iterator["Connection[str, str]"]:
    """A pipe that is told to work and to rest, in turn, and answers when it is so."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(
        target=_serve, args=(theirs, dict(environment), municipality_id), daemon=True
    )
    process.start()
    try:
        yield ours
    finally:
        process.kill()
        process.join()


def _serve(
    pipe: "Connection[str, str]", environment: dict[str, str], municipality_id: UUID
) -> None:
    os.environ.update(environment)
    django.setup()
    # Only now: models cannot be loaded before Django is set up.
    from access.rotation import rotate

    while True:
        pipe.send(pipe.recv())
        while not pipe.poll():
            for _done in rotate(KIND, municipality_id, pace=PACE, tell=lambda _rotation: None):
                pass
        pipe.send(pipe.recv())
