"""Writing evidence of 1,000 changes, against django-pghistory and django-auditlog on the same table."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from django.db import transaction

from access.actor import Actor
from access.request_transaction import Work, record, set_partition, work
from bench import database
from bench.changes import Place, change, change_in_bulk
from bench.figure import Figure, Plan, at_least
from bench.measure import Arm, Pairs, Spread, interleaved
from bench.peer_process import Peer, installed
from bench.people import add_cases, coordinator
from bench.triggers import Triggers
from cases.models import Assignment

GOALS = {"pghistory": 1.0, "auditlog": 3.0}


def measure(plan: Plan) -> Iterator[Figure]:
    python, number, in_bulk = installed(), plan.size(1_000, 8), plan.size(100, 4)
    with ExitStack() as opened:
        peers = {}
        for name in GOALS:
            copy = opened.enter_context(database.copy(name))
            Triggers(copy).turn(on=False)
            place = _place(coordinator())
            peers[name] = opened.enter_context(Peer.started(python, name, copy, place))
        copy = opened.enter_context(database.copy("ours"))
        ours = _Ours(copy, coordinator())
        for name, peer in peers.items():
            for changes in (False, True) if ours.triggers else (False,):
                pairs = interleaved(
                    ours.arm(number, changes=changes),
                    peer.arm(number),
                    pairs=plan.pairs,
                    seconds=40,
                )
                what = "event and row change" if changes else "event"
                yield _figure(name, pairs, number, what=what, goal=GOALS[name], setup=_SETUP)
            alone = interleaved(ours.alone(number), peer.arm(number), pairs=plan.pairs, seconds=40)
            yield _figure(name, alone, number, what="no evidence", goal=None, setup=_SETUP_ALONE)
        yield _share("SSPF", ours.bulk(in_bulk), _SETUP_BULK, goal=True)
        for name, peer in peers.items():
            entries = peer.ask("bulk", in_bulk)["entries"]
            yield _share(f"django-{name}", entries / (3 * in_bulk), "The same, for the peer.")


class _Ours:
    """The product's own way, on a copy of the same database."""

    def __init__(self, copy: str, actor: Actor) -> None:
        self._copy, self._actor, self._place = copy, actor, _place(actor)
        self.triggers = Triggers(copy)

    def arm(self, number: int, *, changes: bool) -> Arm:
        def once() -> float:
            self.triggers.turn(on=changes)
            started = time.perf_counter()
            change(Assignment, self._place, number, transaction=self._work, tell=self._tell)
            return time.perf_counter() - started

        return once

    def alone(self, number: int) -> Arm:
        @contextmanager
        def request() -> Iterator[None]:
            with transaction.atomic():
                set_partition(self._actor)
                yield

        def once() -> float:
            self.triggers.turn(on=False)
            started = time.perf_counter()
            change(Assignment, self._place, number, transaction=request)
            return time.perf_counter() - started

        return once

    def bulk(self, number: int) -> float:
        """The share of bulk changes that left a row change."""
        if not self.triggers:
            return 0.0
        self.triggers.turn(on=True)
        before = self._kept()
        change_in_bulk(Assignment, self._place, number, transaction=self._work)
        return (self._kept() - before) / (3 * number)

    def _work(self) -> AbstractContextManager[Work]:
        return work(self._actor)

    def _tell(self, _row_id: object) -> None:
        place = self._place
        record(
            "case.assign",
            object_type="access.membership",
            object_id=place.membership_id,
            case=(place.case_id, "S26-00000"),
        )

    def _kept(self) -> int:
        with database.connect(self._copy) as superuser:
            (count,) = superuser.execute("SELECT count(*) FROM audit.change").fetchone() or (0,)
        return int(count)


def _place(actor: Actor) -> Place:
    (case,) = add_cases(actor, 1)
    return Place(
        municipality_id=actor.municipality_id,
        agency_id=actor.agency_id,
        case_id=case.id,
        membership_id=actor.member,
        user_id=actor.user,
    )


def _figure(
    peer: str, pairs: Pairs, number: int, *, what: str, goal: float | None, setup: str
) -> Figure:
    ours, theirs = (number / seconds for seconds in pairs.medians())
    return Figure(
        name=f"{what} of 1,000 changes : django-{peer}",
        spread=pairs.speeds(),
        goal=None if goal is None else at_least(goal),
        absolute=f"{ours:.0f} changes/s; {theirs:.0f}",
        setup=setup.format(what=what, peer=peer),
        held_back=_HELD_BACK,
    )


def _share(name: str, share: float, setup: str, *, goal: bool = False) -> Figure:
    percent = 100 * share
    return Figure(
        name=f"bulk changes caught by {name}",
        spread=Spread(percent, percent, percent, 1),
        goal=at_least(100) if goal else None,
        unit=" %",
        setup=setup,
        held_back="",
    )


_SETUP = (
    "500 assignments are inserted with `save()` and each saved once more, four changes in a transaction, as the web role under"
    " row-level security, on the product's own table in two copies of one database: ours with {what}, django-{peer} with its"
    " request context, as its middleware sets it."
)
_SETUP_BULK = (
    "100 rows inserted by `bulk_create`, changed by `QuerySet.update` and once more by SQL; the share of the 300 changes that"
    " left a row change (`audit.change`) without anything in the code that does it."
)
_SETUP_ALONE = "The same changes in our arm with no event and no row change at all: the most that any evidence could reach."
_HELD_BACK = (
    "Both arms spend most of their time on the changes themselves; the last rows of the table show what no evidence at all would"
    " reach. Ours writes who, in which role and relation, on which ground, with a hash for a tree that can be verified, into two rows"
    " and their indexes for each event; django-pghistory copies one row in a trigger and hashes nothing. Tried: binding by the server"
    " instead of quoting in Python, also prepared: 2 % of the time, not worth a way around Django's cursor."
)
