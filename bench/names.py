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
    "`cases.services.search.find_cases` for a first name, last name and a third word that one of 5,000 people has (16 first names, 14 last names, 500 third words): policy,"
    " rows, 5,000 data keys unwrapped, names opened and matched, the hit's case fetched, the events written and committed."
)
_HELD_BACK = (
    "Names have no index, so each search opens them all, and each person has a data key of their own, so that one can be erased"
    " alone: 5,000 rows of keys are fetched and unwrapped beside 5,000 names. Tried and kept: only the searched column is read, no row"
    " passed by becomes a model object, the policy is asked once, a municipality's key is unwrapped once for all rows, and matching is"
    " not by `difflib` (decision 0015); together about half the time. What is left, of some 150 ms: a third unwraps keys (5.8 µs each) and"
    " fetches them, a fifth opens names, a tenth reads the rows, less than a tenth matches, and a fifth is Python's garbage"
    " collector, which looks through all of Django's objects when so many new ones appear (with `gc.freeze()` after the start it was 165 ms"
    " instead of 200 in one trial; not done, as it is the server's matter). Fetching fewer columns of a key saved 3 ms and was left."
)
