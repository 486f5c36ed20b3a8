"""Reminders: what an idle look costs as deadlines grow, and how fast one worker delivers beside Celery doing nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from celery import Celery
from django.db import connection
from django.utils import timezone

from access.actor import Actor
from access.request_transaction import work
from bench import database, noop
from bench.figure import Figure, Plan, at_least, at_most
from bench.measure import Arm, Pairs, interleaved, timed
from bench.people import coordinator
from reminders import engine
from reminders.claim import claim_due
from reminders.engine import due_partitions

LOOKS = 20


def measure(plan: Plan) -> Iterator[Figure]:
    few, many = plan.size(10_000, 100), plan.size(1_000_000, 1_000)
    batch = plan.size(1_000, 20)
    with database.copy("reminders_many") as name:
        fill(name, coordinator(), many, due_in=timedelta(days=60))
        crowded = _looks(name, coordinator())
    yield from ()
