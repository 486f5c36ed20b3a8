"""Reminders: what an idle look costs as deadlines grow, and how fast one worker delivers beside Celery doing nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from access.actor import Actor
from access.models import Membership
from access.request_transaction import work
from bench import database, noop
from bench.figure import Figure, Plan, at_least, at_most
from bench.measure import Arm, interleaved, spread, timed
from bench.people import coordinator
from reminders import engine
from reminders.claim import claim_due
from reminders.engine import due_partitions

POLLS = 50
DUE = timedelta(days=1)


def measure(plan: Plan) -> Iterator[Figure]:
    yield _poll(plan)
    with database.copy("reminders") as name:
        actor, at = coordinator(), timezone.now()
        fill(name, actor, plan.size(1_000, 20), first=at - DUE, step=timedelta(seconds=1))
        with database.as_role("worker"), noop.worker(database.environment(name)) as worker:
            yield _throughput(plan, name, worker, at)
    with database.copy("morning") as name:
        fill(name, coordinator(), plan.size(10_000, 50), first=at - DUE, step=timedelta())
        with database.as_role("worker"):
            yield _morning(plan, name, at)


def _poll(plan: Plan) -> Figure:
    """Both databases at once, each with nothing due; the connection is turned between the arms, outside the measured time."""
    few, many = plan.size(10_000, 100), plan.size(1_000_000, 1_000)
    now = timezone.now()
    with ExitStack() as opened:
        names = list[str]()
        for label, number in (("few", few), ("many", many)):
            names.append(opened.enter_context(database.copy(label)))
            fill(names[-1], coordinator(), number, first=now + DUE, step=timedelta(seconds=5))
        # The same in both: they are copies.
        acting = coordinator()
        opened.enter_context(database.as_role("worker"))

        def arm(name: str) -> Arm:
            def once() -> float:
                connection.close()
                connection.settings_dict["NAME"] = name
                _look(acting, now)
                return timed(lambda: _look_often(acting, now))()

            return once

        pairs = interleaved(arm(names[1]), arm(names[0]), pairs=plan.pairs)
    ours, other = (1e3 * seconds / POLLS for seconds in pairs.medians())
    return Figure(
        name="due poll, 1,000,000 deadlines : 10,000",
        spread=pairs.times(),
        goal=at_most(1.2),
        absolute=f"{ours:.2f} ms; {other:.2f} ms",
        setup=_SETUP_POLL,
        held_back=_HELD_BACK_POLL,
    )


def _look(actor: Actor, now: datetime) -> None:
    if due_partitions(now):
        raise RuntimeError("something is due")
    with work(actor):
        if claim_due(now=now):
            raise RuntimeError("something is due")


def _look_often(actor: Actor, now: datetime) -> None:
    for _ in range(POLLS):
        _look(actor, now)


def _throughput(plan: Plan, name: str, worker: noop.Worker, at: datetime) -> Figure:
    number = plan.size(1_000, 20)

    def ours() -> float:
        _put_back(name)
        return timed(lambda: _deliver(at, number))()

    pairs = interleaved(ours, lambda: worker.seconds(number), pairs=plan.pairs, seconds=120)
    mine, theirs = (number / seconds for seconds in pairs.medians())
    return Figure(
        name="reminders : Celery no-op tasks, one worker",
        spread=pairs.speeds(),
        goal=at_least(1.0),
        absolute=f"{mine:.0f} reminders/s; {theirs:.0f} tasks/s",
        setup=_SETUP_THROUGHPUT,
        held_back=_HELD_BACK_THROUGHPUT,
    )


def _morning(plan: Plan, name: str, at: datetime) -> Figure:
    number = plan.size(10_000, 50)
    over = threading.Event()
    teller = threading.Thread(target=_tell, args=(name, number, over), daemon=True)
    teller.start()
    try:
        seconds = timed(lambda: _deliver(at, number))()
    finally:
        over.set()
        teller.join()
    return Figure(
        name="10,000 due at 08:00, until the last is in an inbox",
        spread=spread([seconds]),
        unit=" s",
        absolute=f"{number / seconds:.0f} reminders/s",
        setup=_SETUP_MORNING,
    )


def _deliver(at: datetime, number: int) -> None:
    done = 0
    while done < number:
        came = engine.tick(at)["delivered"]
        if not came:
            raise RuntimeError(f"{done} of {number} were delivered")
        done += came


def _tell(name: str, number: int, over: threading.Event) -> None:
    with database.connect(name) as superuser:
        while not over.wait(2):
            row = superuser.execute(
                "SELECT count(*) FROM reminders_reminder WHERE status = 'sent'"
            ).fetchone()
            print(f"    {row[0] if row else 0} of {number}", flush=True)


def _put_back(name: str) -> None:
    with database.connect(name) as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute("DELETE FROM reminders_notice")
        superuser.execute("DELETE FROM reminders_attempt")
        superuser.execute(
            "UPDATE reminders_reminder SET status = 'pending', attempts = 0, fence = 0"
        )
        superuser.execute("VACUUM ANALYZE reminders_reminder, reminders_notice, reminders_attempt")


def fill(name: str, actor: Actor, number: int, *, first: datetime, step: timedelta) -> None:
    """That many open deadlines of the agency's people, one reminder for the inbox each, due one `step` after the other."""
    people = list(
        Membership.objects.in_force(timezone.localdate())
        .filter(agency_id=actor.agency_id)
        .values_list("id", flat=True)
    )
    place = {"municipality": actor.municipality_id, "agency": actor.agency_id, "unit": actor.unit}
    with database.connect(name) as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute(
            "INSERT INTO reminders_deadline (id, municipality_id, agency_id, kind, subject_id, label, route,"
            " responsible_membership_id, unit_id, due_on, state, version, moves, created_at)"
            " SELECT md5(n::text)::uuid, %(municipality)s, %(agency)s, 'task_due', gen_random_uuid(),"
            " 'S-' || n, 'case_detail', (%(people)s::uuid[])[1 + n %% %(count)s], %(unit)s,"
            " (%(first)s::timestamptz + n * %(step)s::interval)::date, 'open', 1, 0, now()"
            " FROM generate_series(1, %(number)s) n",
            {
                **place,
                "people": people,
                "count": len(people),
                "first": first,
                "step": step,
                "number": number,
            },
        )
        superuser.execute(
            "INSERT INTO reminders_reminder (id, municipality_id, agency_id, deadline_id, version, stage, channel,"
            " recipient, text, fire_at, any_hour, status, fence, attempts, next_at)"
            " SELECT gen_random_uuid(), %(municipality)s, %(agency)s, md5(n::text)::uuid, 1, 0, 'inapp',"
            " 'responsible', 'due_today', due.at, false, 'pending', 0, 0, due.at FROM generate_series(1, %(number)s) n,"
            " LATERAL (SELECT %(first)s::timestamptz + n * %(step)s::interval AS at) due",
            {**place, "first": first, "step": step, "number": number},
        )
        superuser.execute("VACUUM ANALYZE")


_SETUP_POLL = (
    "One look with nothing due, as every worker does it: which partitions have something, then a claim in one of them (leases that"
    " ran out, stages that newer ones replace, what is due), as the worker's role under row-level security; in a database with"
    " 1,000,000 open deadlines with a reminder each, and in one with 10,000."
)
_SETUP_THROUGHPUT = (
    "1,000 reminders that are due are put in inboxes by one process (claim, recipient, notice, the row of the try, the event in the"
    " evidence log, all committed), against 1,000 tasks that do nothing, taken from Valkey by one worker process with the product's"
    " settings (late acknowledgement, no prefetching); all of them in the queue from the start."
)
_SETUP_MORNING = "One process empties a morning's 10,000 reminders for the inbox; a second connection tells how far it is. Measured once."
_HELD_BACK_POLL = ""
_HELD_BACK_THROUGHPUT = ""
