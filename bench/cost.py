"""What the evidence costs those who write: with and without it, and when all write to one municipality's log."""

from collections.abc import Iterator, Sequence

from bench import database
from bench.client import WITH_EVENT, WITHOUT_EVENT, Clients, Post, clients
from bench.figure import Figure, Plan, at_least
from bench.measure import Arm, interleaved
from bench.people import add_cases, another_municipality, coordinator
from bench.triggers import Triggers


def measure(plan: Plan) -> Iterator[Figure]:
    seconds, at_once = plan.size(1_000, 100) / 1_000, plan.size(8, 2)
    with database.copy("cost") as name:
        here, everywhere = _posts(at_once)
        one, eight = range(at_once), range(at_once, 2 * at_once)
        triggers = Triggers(name)
        with clients(at_once, [*here, *everywhere], database.environment(name)) as crew:

            def arm(kind: str, posts: Sequence[int], *, changes: bool) -> Arm:
                # A transaction's cost, so that the ratio of speeds is made as everywhere else.
                def once() -> float:
                    triggers.turn(on=changes)
                    return 1 / crew.rate(kind, posts, seconds=seconds)

                return once

            off = arm(WITHOUT_EVENT, one, changes=False)
            _warm(crew, one, eight)
            event = interleaved(arm(WITH_EVENT, one, changes=False), off, pairs=plan.pairs)
            yield Figure(
                name="audit on : off, 8 clients (event)",
                spread=event.speeds(),
                goal=at_least(0.75),
                absolute=_rates(event.medians()),
                setup=_SETUP_EVENT,
                held_back=_HELD_BACK_EVENT,
            )
            if triggers:
                both = interleaved(arm(WITH_EVENT, one, changes=True), off, pairs=plan.pairs)
                yield Figure(
                    name="audit on : off, 8 clients (event and row changes)",
                    spread=both.speeds(),
                    goal=at_least(0.75),
                    absolute=_rates(both.medians()),
                    setup=_SETUP_CHANGES,
                    held_back=_HELD_BACK_CHANGES,
                )
            spread_out = interleaved(
                arm(WITH_EVENT, one, changes=True),
                arm(WITH_EVENT, eight, changes=True),
                pairs=plan.pairs,
            )
    yield Figure(
        name="one municipality : eight",
        spread=spread_out.speeds(),
        goal=at_least(0.90),
        absolute=_rates(spread_out.medians()),
        setup=_SETUP_EIGHT,
        held_back=_HELD_BACK_EIGHT,
    )


def _posts(at_once: int) -> tuple[list[Post], list[Post]]:
    """A case each for the clients: all in one municipality, and each in another."""
    first = coordinator()
    actors = [first, *(another_municipality(number, first) for number in range(1, at_once))]
    here = [Post(first.member, case.id) for case in add_cases(first, at_once)]
    everywhere = [Post(actor.member, add_cases(actor, 1)[0].id) for actor in actors]
    return here, everywhere


def _warm(crew: Clients, *places: Sequence[int]) -> None:
    for posts in places:
        for kind in (WITH_EVENT, WITHOUT_EVENT):
            crew.rate(kind, posts, seconds=0.1)


def _rates(seconds: tuple[float, float]) -> str:
    ours, reference = (1 / each for each in seconds)
    return f"{ours:.0f} transactions/s; {reference:.0f}"


_TRANSACTION = (
    "a membership is read, a case's version is raised and an assignment inserted, through Django as the web role under"
    " row-level security, each client in a process of its own with a case of its own, one second a turn"
)
_SETUP_EVENT = (
    f"Eight clients repeat one transaction ({_TRANSACTION}) with its event and the event's queue row, and without them;"
    " the triggers for row changes are off in both."
)
_SETUP_CHANGES = (
    "The same, but the triggers that keep row changes (`audit.change`) are on in the first arm."
)
_SETUP_EIGHT = "The same transaction with everything on: eight clients in one municipality, and in a municipality each."
_HELD_BACK_EVENT = (
    "An event is one statement more, which writes two rows and six index entries. Tried: binding by the server instead of "
    "quoting in Python, also prepared: 2 % of the time for 1,000 changes, not worth a way around Django's cursor."
)
_HELD_BACK_CHANGES = (
    "Each change of a row fires a trigger in PL/pgSQL that hashes the row's cells, writes a note with two index entries, and "
    "carries the request's digest on."
)
_HELD_BACK_EIGHT = (
    "No writer waits for another: there is no lock that writers of one municipality share. What is left are neighbouring "
    "pages of the same indexes."
)
