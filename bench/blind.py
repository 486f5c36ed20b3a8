"""Finding a number by its blind index, against finding it by an index over the number itself."""

import random
from collections.abc import Iterator
from typing import Any

from django.db import connection

from access.actor import Actor
from access.request_transaction import work
from bench import database
from bench.figure import Figure, Plan, at_most
from bench.measure import SEED, interleaved, timed
from bench.people import add_cases, coordinator
from crypto.blind import blind_index

TABLE = "cases_personidentifier"
# The place is written out, as row-level security adds it in any case; so both arms ask the same.
QUERY = (
    "SELECT person_id FROM cases_personidentifier"
    " WHERE municipality_id = %s AND agency_id = %s AND {column} = %s"
)


def measure(plan: Plan) -> Iterator[Figure]:
    rows, looked_up = plan.size(1_000_000, 1_000), plan.size(500, 20)
    with database.copy("blind") as name:
        actor = coordinator()
        _fill(name, actor, rows)
        # Nothing secret: the same numbers in every run.
        draw = random.Random(SEED)  # noqa: S311
        wanted = [_number(draw.randrange(rows)) for _ in range(looked_up)]
        with work(actor), connection.cursor() as cursor:
            _give_real_indexes(name, actor, wanted)
            place = [actor.municipality_id, actor.agency_id]

            def by_index() -> None:
                for number in wanted:
                    index = blind_index(
                        number, municipality_id=actor.municipality_id, agency_id=actor.agency_id
                    )
                    _one(cursor, "index", [*place, index])

            def by_number() -> None:
                for number in wanted:
                    _one(cursor, "plain", [*place, number])

            pairs = interleaved(timed(by_index), timed(by_number), pairs=plan.pairs)
    ours, plain = (1e3 * seconds / looked_up for seconds in pairs.medians())
    yield Figure(
        name="blind index : plain index, 1 M rows",
        spread=pairs.times(),
        goal=at_most(1.3),
        absolute=f"{ours:.3f} ms; plain {plain:.3f} ms",
        setup=_SETUP,
        held_back=_HELD_BACK,
    )


def _one(cursor: Any, column: str, values: list[Any]) -> None:
    cursor.execute(QUERY.format(column=column), values)
    if cursor.fetchone() is None:
        raise RuntimeError("the number was not found")


def _number(at: int) -> str:
    return f"2011{at:08}"


def _fill(name: str, actor: Actor, rows: int) -> None:
    """A table of the product with that many numbers; in this copy it has the number in plain text too."""
    (case,) = add_cases(actor, 1)
    with database.connect(name) as superuser:
        superuser.execute(f"ALTER TABLE {TABLE} ADD COLUMN plain text, DISABLE TRIGGER ALL")
        superuser.execute(
            f"INSERT INTO {TABLE} (id, municipality_id, agency_id, person_id, kind, value, index,"  # noqa: S608
            " starts_at, plain)"
            " SELECT lpad(to_hex(n), 32, '0')::uuid, %s, %s, %s, 'personnummer',"
            " decode(repeat('00', 78), 'hex'), decode(md5(n::text), 'hex'), now(),"
            " '2011' || lpad(n::text, 8, '0') FROM generate_series(0, %s - 1) n",
            [actor.municipality_id, actor.agency_id, case.person_id, rows],
        )
        superuser.execute(f"CREATE UNIQUE INDEX ON {TABLE} (municipality_id, agency_id, plain)")


def _give_real_indexes(name: str, actor: Actor, wanted: list[str]) -> None:
    """The others hold a hash in the index's place: as long, and as evenly spread."""
    indexes = [
        blind_index(number, municipality_id=actor.municipality_id, agency_id=actor.agency_id)
        for number in wanted
    ]
    with database.connect(name) as superuser:
        superuser.execute(
            f"UPDATE {TABLE} SET index = real.index"  # noqa: S608
            " FROM unnest(%s::text[], %s::bytea[]) AS real (plain, index)"
            f" WHERE {TABLE}.plain = real.plain",
            [wanted, indexes],
        )
        superuser.execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER ALL")
        superuser.execute(f"VACUUM ANALYZE {TABLE}")


_SETUP = (
    "500 look-ups of one person each in `cases_personidentifier` with 1,000,000 rows, as the web role under row-level"
    " security: by `index`, which is computed from the number each time, against a plain text column of the same"
    " table with the same unique index."
)
_HELD_BACK = ""
