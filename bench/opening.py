"""Opening sealed values: against AES-GCM with nothing around it, and against Fernet."""

from collections.abc import Iterator
from uuid import uuid4

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from access.request_transaction import work
from bench import database
from bench.figure import Figure, Plan, at_least
from bench.measure import interleaved, timed
from bench.people import coordinator
from crypto.keys import DataKey, Scope, new_data_key
from crypto.seal import Binding, open_batch, seal
from crypto.sealed import Sealed
from crypto.token import TEXT, pad

LENGTH = 256
FIELDS = tuple(f"bench.row.field_{number}" for number in range(4))


def measure(plan: Plan) -> Iterator[Figure]:
    """2,000 values in rows of four fields, as a page of a case opens them."""
    rows = plan.size(500, 5)
    value = "x" * LENGTH
    with database.copy("opening"), work(actor := coordinator()):
        key = new_data_key(
            municipality_id=actor.municipality_id,
            agency_id=actor.agency_id,
            scope=Scope.CASE,
            scope_id=uuid4(),
        )
        items = [cell for _ in range(rows) for cell in _row(key, value)]
        ours = timed(lambda: open_batch(items))
        one = AESGCM(AESGCM.generate_key(256))
        # The same number of bytes under the tag: 162 of place, 264 of padded text.
        place, body = bytes(162), pad(TEXT, value.encode())
        raw_values = [
            (nonce, one.encrypt(nonce, body, place))
            for nonce in (uuid4().bytes[:12] for _ in items)
        ]
        raw = interleaved(
            ours,
            timed(lambda: [one.decrypt(nonce, text, place) for nonce, text in raw_values]),
            pairs=plan.pairs,
        )
        fernet = Fernet(Fernet.generate_key())
        tokens = [fernet.encrypt(value.encode()) for _ in items]
        usual = interleaved(
            ours,
            timed(lambda: [fernet.decrypt(token).decode() for token in tokens]),
            pairs=plan.pairs,
        )
    for name, reference, pairs, goal, setup in (
        ("open : raw AES-GCM", "AES-GCM", raw, 0.40, _SETUP_RAW),
        ("open : Fernet", "Fernet", usual, 8, _SETUP_FERNET),
    ):
        mine_us, other_us = (1e6 * seconds / len(items) for seconds in pairs.medians())
        yield Figure(
            name=name,
            spread=pairs.speeds(),
            goal=at_least(goal),
            absolute=f"{mine_us:.2f} µs a value; {reference} {other_us:.2f} µs",
            setup=setup,
            held_back=_HELD_BACK,
        )


def _row(key: DataKey, value: str) -> list[tuple[Sealed, Binding]]:
    row_id = uuid4()
    return [
        (
            seal(value, key=key, field=field, row_id=row_id),
            Binding(field, key.municipality_id, key.agency_id, row_id),
        )
        for field in FIELDS
    ]


_SETUP_RAW = (
    "`crypto.seal.open_batch` of 2,000 values of 256 bytes (500 rows of four fields under one data key), with its"
    " query for the key, unwrapping, associated data, padding and decoding, against `AESGCM.decrypt` in a list"
    " comprehension with everything made ready."
)
_SETUP_FERNET = "The same 2,000 values against `Fernet.decrypt(…).decode()` with one key."
_HELD_BACK = ""
