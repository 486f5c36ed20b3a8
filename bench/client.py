"""One of several clients at once: a process that repeats one transaction of the product until a moment comes."""

import multiprocessing
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from uuid import UUID

import django

# A transaction a client may be asked for; see `_transaction`.
WITH_EVENT, WITHOUT_EVENT = "with event", "without event"
_HEAD_START = 0.05


@dataclass(frozen=True)
class Post:
    """Where a client works: one membership and one case of its own."""

    membership_id: UUID
    case_id: UUID


@dataclass(frozen=True)
class _Order:
    arm: str
    post: int
    begin: float
    seconds: float


class Clients:
    """Several clients, started and waiting for orders."""

    def __init__(self, pipes: Sequence["Connection[_Order | None, float]"]) -> None:
        self._pipes = pipes

    def rate(self, arm: str, posts: Sequence[int], *, seconds: float) -> float:
        """Transactions per second of all of them together; client n works at `posts[n]`."""
        begin = time.monotonic() + _HEAD_START
        for pipe, post in zip(self._pipes, posts, strict=True):
            pipe.send(_Order(arm, post, begin, seconds))
        return sum(pipe.recv() for pipe in self._pipes)


@contextmanager
def clients(
    number: int, posts: Sequence[Post], environment: Mapping[str, str]
) -> Iterator[Clients]:
    """`number` processes, each with a connection of its own as the web role."""
    context = multiprocessing.get_context("spawn")
    pipes, processes = [], []
    try:
        for _ in range(number):
            ours, theirs = context.Pipe()
            process = context.Process(
                target=_serve, args=(theirs, posts, dict(environment)), daemon=True
            )
            process.start()
            pipes.append(ours)
            processes.append(process)
        yield Clients(pipes)
        for pipe in pipes:
            pipe.send(None)
    finally:
        for process in processes:
            process.join(5)
            process.kill()


def _serve(
    pipe: "Connection[float, _Order | None]", posts: Sequence[Post], environment: dict[str, str]
) -> None:
    os.environ.update(environment)
    django.setup()
    # Only now: models cannot be loaded before Django is set up.
    from bench.transaction import worker

    workers = {}
    while (order := pipe.recv()) is not None:
        if order.post not in workers:
            workers[order.post] = worker(posts[order.post])
        act = workers[order.post]
        while time.monotonic() < order.begin:
            time.sleep(0.001)
        done, passed = 0, 0.0
        # At least one: on a busy machine the time can be over before a client's turn comes.
        while not done or passed < order.seconds:
            act(with_event=order.arm == WITH_EVENT)
            done, passed = done + 1, time.monotonic() - order.begin
        pipe.send(done / passed)
