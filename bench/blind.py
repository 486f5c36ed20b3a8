"""Finding a number by its blind index, against finding it by an index over the number itself."""

import random
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from access.actor import Actor
from access.request_transaction import work
from bench import database
from bench.figure import Figure, Plan, at_most
from bench.measure import SEED, Pairs, interleaved, timed
from bench.people import add_cases, coordinator
from crypto.blind import blind_indexes, index_key, keyed, look_up
from crypto.municipality_keys import index_roots

GOAL = "blind index : plain index, 1 M rows"
AT_HAND = "the same, with the index key at hand"
TABLE = "cases_personidentifier"
# The place is written out, as row-level security adds it in any case; so both arms ask the same.
QUERY = (
    "SELECT person_id FROM cases_personidentifier"
    " WHERE municipality_id = %s AND agency_id = %s AND {column} IN ({sought})"
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

            def by_indexes(indexes: list[bytes]) -> bool:
                return bool(indexes) and _one(cursor, "index", place, indexes)

            def by_index() -> None:
                for number in wanted:
                    look_up(number, by_indexes, municipality_id=place[0], agency_id=place[1])

            def by_number() -> None:
                for number in wanted:
                    _one(cursor, "plain", place, [number])

            (version, root), *_older = index_roots(actor.municipality_id)
            key = index_key(root, actor.municipality_id, actor.agency_id, version)

            def with_key() -> None:
                for number in wanted:
                    _one(cursor, "index", place, [keyed(number, key)])

            plain = timed(by_number)
            yield _figure(GOAL, interleaved(timed(by_index), plain, pairs=plan.pairs), looked_up)
            yield _figure(AT_HAND, interleaved(timed(with_key), plain, pairs=plan.pairs), looked_up)


def _figure(name: str, pairs: Pairs, looked_up: int) -> Figure:
    ours, plain = (1e3 * seconds / looked_up for seconds in pairs.medians())
    return Figure(
        name=name,
        spread=pairs.times(),
        goal=at_most(1.3) if name == GOAL else None,
        absolute=f"{ours:.3f} ms; plain {plain:.3f} ms",
        setup=_SETUPS[name],
        held_back=_HELD_BACK,
    )


def _indexes(actor: Actor, number: str) -> list[bytes]:
    return blind_indexes(number, municipality_id=actor.municipality_id, agency_id=actor.agency_id)


def _one(cursor: Any, column: str, place: list[UUID], values: Sequence[object]) -> bool:
    sought = ", ".join(["%s"] * len(values))
    cursor.execute(QUERY.format(column=column, sought=sought), [*place, *values])
    if cursor.fetchone() is None:
        raise RuntimeError("the number was not found")
    return True


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
    indexes = [_indexes(actor, number)[0] for number in wanted]
    with database.connect(name) as superuser:
        superuser.execute(
            f"UPDATE {TABLE} SET index = real.index"  # noqa: S608
            " FROM unnest(%s::text[], %s::bytea[]) AS real (plain, index)"
            f" WHERE {TABLE}.plain = real.plain",
            [wanted, indexes],
        )
        superuser.execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER ALL")
        superuser.execute(f"VACUUM ANALYZE {TABLE}")


_SETUPS = {
    GOAL: (
        "500 look-ups of one person each in `cases_personidentifier` with 1,000,000 rows, as the web role under row-level security: by"
        " `index`, by `crypto.blind.look_up`, which computes it from the number each time, against a plain text column of the same"
        " table with the same unique index."
    ),
    AT_HAND: (
        "The same look-ups with the agency's key derived once before; computing the index is still part of each."
    ),
}
_HELD_BACK = (
    "Computing the index (the agency's key by HKDF, then HMAC, shielded from error pages) is 15 to 35 µs beside a look-up of 80. A number"
    " that is found is found in one question, with the index keys in force when this process last asked; before, each look-up asked for"
    " them first, and the ratio was above 3. One that is not found costs one question more: which are in force now, so that no rotation"
    " takes a known child for unknown; that case is not in this figure. Left: keeping the derived key in the process, which saved 4 µs."
)
