"""Searching for a name among all the people that one actor may see."""

from collections.abc import Iterator

from access.request_transaction import work
from bench import database
from bench.figure import Figure, Plan, at_most
from bench.measure import spread, timed
from bench.people import add_cases, coordinator, name_of
from cases.services.search import find_cases


def measure(plan: Plan) -> Iterator[Figure]:
    people = plan.size(5_000, 20)
    with database.copy("names") as name:
        actor = coordinator()
        add_cases(actor, people)
        with database.connect(name) as superuser:
            superuser.execute("VACUUM ANALYZE")
        sought = name_of(people // 2)

        def search() -> None:
            with work(actor):
                hits = find_cases(actor=actor, term=sought)
            if not hits:
                raise RuntimeError("the name was not found")

        once = timed(search)
        # The first two fill caches and prepare statements.
        times = [1e3 * once() for _ in range(plan.pairs + 1)][2:]
    yield Figure(
        name="name search among 5,000 people",
        spread=spread(times),
        goal=at_most(50),
        unit=" ms",
        absolute=f"{1e3 * spread(times).median / people:.1f} µs a person",
        setup=_SETUP,
        held_back=_HELD_BACK,
    )


_SETUP = (
    "`cases.services.search.find_cases` for a first name, last name and a third word that one of 5,000 people has: policy,"
    " rows, 5,000 data keys unwrapped, names opened and matched, the hit's case fetched, the events written and committed."
)
_HELD_BACK = (
    "Names have no index, so each search opens them all, and each person has a data key of their own, so that one can be "
    "erased alone: 5,000 rows of keys are fetched and unwrapped beside 5,000 rows of people, before anything is matched. A "
    "first profile (0.41 s) gave: matching with difflib 0.23 s, keys and opening 0.12 s, rows through Django's models 0.05 s. "
    "Tried: what values share of their associated data is encoded once. Left to try: a cheaper refusal before two words are "
    "compared letter by letter; fetching only the columns that are searched."
)
