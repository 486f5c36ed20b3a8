"""A Celery worker that does nothing, with the product's settings: how many tasks it takes a second."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import redis
from celery import Celery

QUEUE, PARKED, FINISHED = "bench-noop", "bench-parked", "bench-finished"
_PATIENCE = 120

app = Celery("bench", broker=os.environ.get("SSPF_REDIS_URL"))
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_time_limit=120,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": 600},
)


@app.task(name="noop")  # type: ignore[untyped-decorator]  # Celery has no types
def noop() -> None:
    """Nothing."""


@app.task(name="finished")  # type: ignore[untyped-decorator]  # as above
def finished() -> None:
    with redis.Redis.from_url(os.environ["SSPF_REDIS_URL"]) as client:
        client.lpush(FINISHED, 1)


@dataclass(frozen=True)
class Worker:
    client: redis.Redis

    def seconds(self, tasks: int) -> float:
        """From the moment that all of them are in its queue until the last is done."""
        for _ in range(tasks):
            app.send_task("noop", queue=PARKED)
        app.send_task("finished", queue=PARKED)
        started = time.perf_counter()
        self.client.rename(PARKED, QUEUE)
        if self.client.blpop([FINISHED], timeout=_PATIENCE) is None:
            raise RuntimeError("the worker does not work")
        return time.perf_counter() - started


@contextmanager
def worker(environment: Mapping[str, str]) -> Iterator[Worker]:
    """One process of one worker."""
    app.conf.broker_url = environment["SSPF_REDIS_URL"]
    # redis-py gives up after seconds of its own otherwise.
    client = redis.Redis.from_url(environment["SSPF_REDIS_URL"], socket_timeout=_PATIENCE + 5)
    client.delete(QUEUE, PARKED, FINISHED)
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "celery", "-A", "bench.noop", "worker"),
            *("-c", "1", "-Q", QUEUE, "-l", "error", "--without-mingle", "--without-gossip"),
        ],
        env=os.environ | dict(environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        running = Worker(client)
        running.seconds(1)
        yield running
    finally:
        process.terminate()
        process.wait(30)
        client.delete(QUEUE, PARKED, FINISHED)
        client.close()
