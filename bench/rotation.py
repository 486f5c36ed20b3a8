"""Wrapping data keys anew, against changing the same rows; and what readers notice of it."""

import time
from collections.abc import Iterator, Sequence
from uuid import UUID, uuid4

from django.db import transaction

from access import door
from access.actor import Actor
from access.request_transaction import set_partition, work
from access.rotation import rotate
from bench import database
from bench.figure import Figure, Plan, at_least, at_most
from bench.measure import interleaved, timed
from bench.people import add_cases, coordinator
from bench.rotator import KIND, REST, WORK, rotator
from cases.models import Person
from crypto.keys import Scope, new_data_key
from crypto.rotation.state import change, rows

PAGE = 1_000
ON_A_PAGE = 25


def measure(plan: Plan) -> Iterator[Figure]:
    keys = plan.size(20_000, 50)
    with database.copy("rotation") as name:
        actor = coordinator()
        _add_keys(actor, keys)
        with database.as_role("rotator"):
            rewrap = interleaved(
                timed(lambda: _rotate(actor.municipality_id)),
                timed(lambda: _update_all(actor)),
                pairs=plan.pairs,
            )
        ours, plain = (keys / seconds for seconds in rewrap.medians())
        yield Figure(
            name="rewrap of data keys : plain UPDATE",
            spread=rewrap.speeds(),
            goal=at_least(0.5),
            absolute=f"{ours:.0f} keys/s; {plain:.0f}",
            setup=_SETUP_REWRAP,
            held_back=_HELD_BACK_REWRAP,
        )
        yield _reading(plan, name, actor)


def _reading(plan: Plan, name: str, actor: Actor) -> Figure:
    cases = add_cases(actor, plan.size(500, 30))
    people = [case.person_id for case in cases[:: len(cases) // ON_A_PAGE]][:ON_A_PAGE]
    seconds = plan.size(1_500, 200) / 1_000
    environment = database.environment(name, "rotator")
    with rotator(environment, actor.municipality_id) as pipe:

        def rotating() -> float:
            pipe.send(WORK)
            pipe.recv()
            try:
                return _slow_read(actor, people, seconds)
            finally:
                pipe.send(REST)
                pipe.recv()

        def idle() -> float:
            return _slow_read(actor, people, seconds)

        pairs = interleaved(rotating, idle, pairs=plan.pairs)
    ours, plain = (1_000 * each for each in pairs.medians())
    return Figure(
        name="read p95 during rotation : idle",
        spread=pairs.times(),
        goal=at_most(1.3),
        absolute=f"{ours:.1f} ms; {plain:.1f} ms",
        setup=_SETUP_READ,
        held_back=_HELD_BACK_READ,
    )


def _add_keys(actor: Actor, number: int) -> None:
    with work(actor):
        for _ in range(number):
            new_data_key(
                municipality_id=actor.municipality_id,
                agency_id=actor.agency_id,
                scope=Scope.PERSON,
                scope_id=uuid4(),
            )


def _rotate(municipality_id: UUID) -> None:
    """A whole rotation, without the pauses that leave room for others."""
    for _done in rotate(KIND, municipality_id, pace=1, tell=lambda _rotation: None):
        pass


def _update_all(actor: Actor) -> None:
    """The same columns of the same rows, in pages of the same size, with bytes that nobody has to make."""
    after = UUID(int=0)
    while True:
        with transaction.atomic():
            set_partition(actor)
            found = rows(
                "SELECT id, wrapped FROM keys.data_key WHERE municipality_id = %s AND id > %s"
                " AND wrapped IS NOT NULL ORDER BY id LIMIT %s",
                [actor.municipality_id, after, PAGE],
            )
            if not found:
                return
            after = found[-1][0]
            change(
                "UPDATE keys.data_key d SET municipality_key_id = d.municipality_key_id,"
                " wrapped = v.wrapped FROM unnest(%s::uuid[], %b::bytea[]) AS v (id, wrapped)"
                " WHERE d.id = v.id",
                [[key_id for key_id, _wrapped in found], [wrapped for _id, wrapped in found]],
            )


def _slow_read(actor: Actor, people: Sequence[UUID], seconds: float) -> float:
    """The time that 95 of 100 pages of names took at most."""
    took: list[float] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        started = time.perf_counter()
        with work(actor):
            rows = door.visible(actor, Person).filter(pk__in=people)
            if len(door.reveal(actor, rows, door.Purpose.LIST)) != len(people):
                raise RuntimeError("somebody was not found")
        took.append(time.perf_counter() - started)
    return sorted(took)[int(len(took) * 0.95)]


_SETUP_REWRAP = (
    "A whole rotation of a municipality's key over 20,000 data keys (`access.rotation.rotate` without pauses: new key, wait for older"
    " transactions, read, unwrap, wrap and write in pages of 1,000, passes until none is left, events, the old key destroyed)"
    " against reading and writing back the same columns of the same rows in pages of the same size."
)
_SETUP_READ = (
    "A page of 25 people is opened through the door again and again for 1.5 seconds, while another process rotates that"
    " municipality's key without end at its usual pace (half of the time), and while nothing else happens; of each window the"
    " time that 95 of 100 pages took at most."
)
_HELD_BACK_REWRAP = (
    "Two AES-GCM calls and two associated data a key in Python, a second and third pass that find nothing, and the waits for "
    "older transactions. Tried: associated data checked as bytes instead of UUIDs (half of its time)."
)
_HELD_BACK_READ = "Reader, rotator and their two database processes share two cores; the rotator leaves half of its time to others."
