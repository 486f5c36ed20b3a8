"""Opening sealed values: against AES-GCM with nothing around it, and against Fernet."""

from collections.abc import Iterator
from uuid import uuid4

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from access.request_transaction import work
from bench import database
from bench.figure import Figure, Plan, at_least
from bench.measure import Arm, Pairs, interleaved, timed
from bench.people import coordinator
from crypto.keys import DataKey, Scope, new_data_key
from crypto.seal import Binding, open_batch, seal
from crypto.sealed import Sealed
from crypto.token import TEXT, pad

VALUE = "x" * 256
# A conversation has about as many, and a page of it opens them all.
FIELDS = 12


def measure(plan: Plan) -> Iterator[Figure]:
    values = plan.size(6_000, 60)
    with database.copy("opening"), work(actor := coordinator()):
        key = new_data_key(
            municipality_id=actor.municipality_id,
            agency_id=actor.agency_id,
            scope=Scope.CASE,
            scope_id=uuid4(),
        )
        rows, lone = _ours(key, values, FIELDS), _ours(key, values, 1)
        raw, fernet = _bare(values), _fernet(values)
        pairs = plan.pairs
        yield _figure("open : raw AES-GCM", interleaved(rows, raw, pairs=pairs), values, 0.40)
        yield _figure("open : Fernet", interleaved(rows, fernet, pairs=pairs), values, 8)
        yield _figure("open, one field a row : raw", interleaved(lone, raw, pairs=pairs), values)


def _ours(key: DataKey, values: int, fields: int) -> Arm:
    items: list[tuple[Sealed, Binding]] = []
    for _ in range(values // fields):
        row_id = uuid4()
        for number in range(fields):
            field = f"bench.row.field_{number}"
            binding = Binding(field, key.municipality_id, key.agency_id, row_id)
            items.append((seal(VALUE, key=key, field=field, row_id=row_id), binding))
    return timed(lambda: open_batch(items))


def _bare(values: int) -> Arm:
    """The same number of bytes under the tag: the place, and the padded text."""
    one = AESGCM(AESGCM.generate_key(256))
    place, body = bytes(121), pad(TEXT, VALUE.encode())
    sealed = [
        (nonce, one.encrypt(nonce, body, place))
        for nonce in (uuid4().bytes[:12] for _ in range(values))
    ]
    return timed(lambda: [one.decrypt(nonce, text, place) for nonce, text in sealed])


def _fernet(values: int) -> Arm:
    one = Fernet(Fernet.generate_key())
    tokens = [one.encrypt(VALUE.encode()) for _ in range(values)]
    return timed(lambda: [one.decrypt(token).decode() for token in tokens])


def _figure(name: str, pairs: Pairs, values: int, goal: float | None = None) -> Figure:
    ours, other = (1e6 * seconds / values for seconds in pairs.medians())
    return Figure(
        name=name,
        spread=pairs.speeds(),
        goal=None if goal is None else at_least(goal),
        absolute=f"{ours:.2f} µs a value; {other:.2f} µs",
        setup=_SETUPS[name],
        held_back=_HELD_BACK.get(name, ""),
    )


_SETUPS = {
    "open : raw AES-GCM": (
        "`crypto.seal.open_batch` of 6,000 values of 256 bytes in 500 rows of twelve fields under one data key, with its query for"
        " the key, unwrapping, associated data, padding and decoding, against `AESGCM.decrypt` in a list comprehension with"
        " everything made ready."
    ),
    "open : Fernet": "The same values against `Fernet.decrypt(…).decode()` with one key.",
    "open, one field a row : raw": "The same as the first, but each value stands in a row of its own.",
}
_HELD_BACK = {
    "open : raw AES-GCM": (
        "The AES-GCM call is two fifths of the time; the rest is Python: slicing nonce and ciphertext, joining the associated data,"
        " padding, decoding, comparing the field. Tried: what neighbours share of the associated data is encoded once, the key's"
        " part once for each batch, and no object is made for a value (5.1 µs became 1.2 µs)."
    ),
    "open : Fernet": (
        "Fernet in this version of `cryptography` takes 7.4 µs; eight times that speed leaves 0.93 µs, of which raw AES-GCM takes"
        " 0.48. A loop with every check left out took 1.0 µs. Only compiled code would do it."
    ),
}
