"""Every sealed field of every model, in real rows and through the door: what is changed or moved does not open.

The fields are asked of the model registry, so one that is added later is tried as well.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.db import models
from django.utils import timezone

from access import door
from access.actor import Actor
from access.marks import BAR, CONDITION, KIND, RELATION
from access.policy import Action, policy
from access.protection import protection_of
from access.request_transaction import set_partition, work
from crypto.errors import CryptoError, KeyMissing
from crypto.fields import SealedField, SealedKeyField
from crypto.file_seal import open_file, seal_file
from crypto.keys import DataKey, Scope, new_data_key
from crypto.seal import Binding, seal
from crypto.sealed import Sealed, token_of
from tests.cast import Cast

HEADER, NONCE, TAG = 18, 12, 16
SAMPLED_BITS = 24
TEXT = "Kommer sent till skolan sedan höstlovet, säger att ingen väcker honom på morgonen."
FIELDS = {
    field.uid: field
    for model in apps.get_models()
    for field in model._meta.local_fields
    if isinstance(field, SealedField)
}
# References that may be empty, but not all of them at once.
NEEDED = {"cases.conflict": {"person"}, "cases.summary": {"unit_id"}}
refused: Counter[str] = Counter()


@pytest.fixture(scope="module", autouse=True)
def _totals(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    told = ", ".join(f"{count} {what}" for what, count in sorted(refused.items()))
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\n{len(FIELDS)} sealed fields, {refused.total()} wrong values refused: {told}")


# --- rows ---------------------------------------------------------------------------------------------


def something(field: Any) -> Any:
    """A value that the column takes; references go nowhere, which the database asks about at commit only."""
    if field.null and field.name not in NEEDED.get(field.model._meta.label_lower, ()):
        return None
    if isinstance(field, models.ForeignKey):
        return uuid4()
    if field.has_default():
        return field.get_default()
    if field.blank:
        return ""
    if field.choices:
        return field.choices[0][0]
    now = timezone.now()
    for kind, value in (
        (models.UUIDField, uuid4()),
        (models.DateTimeField, now),
        (models.DateField, now.date()),
        (models.CharField, uuid4().hex[: getattr(field, "max_length", None) or 8]),
        (models.TextField, "x"),
        (models.BooleanField, False),
        (models.IntegerField, 1),
        (models.BinaryField, b"x"),
        (models.JSONField, {}),
    ):
        if isinstance(field, kind):
            return value
    raise AssertionError(f"tell this test what {field} may hold")


def token_for(uid: str, key: DataKey, row_id: UUID) -> bytes:
    if isinstance(FIELDS[uid], SealedKeyField):
        return token_of(seal_file([], key=key, field=uid, row_id=row_id)[0])
    return token_of(seal(TEXT, key=key, field=uid, row_id=row_id))


def open_cell(actor: Actor, row: Any, field: SealedField) -> None:
    """Through the door; a file's key as the door opens it, without the note of its case, which is not there."""
    if isinstance(field, SealedKeyField):
        binding = Binding(field.uid, row.municipality_id, row.agency_id, row.pk)
        open_file(getattr(row, field.attname), binding, [])
    else:
        door.reveal(actor, [row], door.Purpose.SYSTEM)


def row_with(key: DataKey, field: SealedField, row_id: UUID, token: bytes) -> Any:
    """A row whose other sealed fields are whole: the door opens a row's fields together, all or none."""
    model = field.model
    given: dict[str, Any] = {}
    for other in model._meta.local_concrete_fields:
        if isinstance(other, SealedField):
            given[other.attname] = seal("ja", key=key, field=other.uid, row_id=row_id)
        else:
            given[other.attname] = something(other)
    given |= {
        "id": row_id,
        "municipality_id": key.municipality_id,
        "agency_id": key.agency_id,
        field.attname: Sealed(token, uid=field.uid),
    }
    return model(**given)


def reader_of(actor: Actor, field: SealedField) -> tuple[Actor, dict[str, bool]]:
    """The actor in a role that may read the field, and the marks of what permits it."""
    protection = protection_of(field.model)
    groups = dict(protection.sealed)
    if protection.file:
        groups[protection.file[0]] = (protection.file[1],)
    group = next(group for group, names in groups.items() if field.name in names)
    role, relation = policy().who_else(group)[0]
    needed = next(iter(policy().ways(role, group, Action.READ)[relation]))
    given = {RELATION + relation: True} | {CONDITION + name: True for name in needed}
    closed = {BAR + name: False for name in policy().bars}
    return replace(actor, role=role), given | closed | {
        KIND + name: False for name in protection.kinds
    }


def stored(field: SealedField, marks: dict[str, bool]) -> models.QuerySet[Any]:
    rows: models.QuerySet[Any] = field.model._default_manager.annotate(
        **{
            mark: models.Value(value=value, output_field=models.BooleanField())
            for mark, value in marks.items()
        }
    )
    return rows


# --- what is done to a value --------------------------------------------------------------------------


def elsewhere(key: DataKey, **place: Any) -> DataKey:
    """The same key as if it belonged to another place: only the associated data tells them apart."""
    names = ("id", "municipality_id", "agency_id", "scope", "scope_id")
    return DataKey(key.material, **({name: getattr(key, name) for name in names} | place))


def flip(bit: int) -> Callable[[bytes], bytes]:
    def flipped(token: bytes) -> bytes:
        changed = bytearray(token)
        changed[bit // 8] ^= 1 << bit % 8
        return bytes(changed)

    return flipped


def cut(length: int) -> Callable[[bytes], bytes]:
    return lambda token: token[:length]


def damages(size: int) -> Iterator[tuple[str, Callable[[bytes], bytes]]]:
    """Every bit of header, nonce and tag, and a sample of the body's."""
    body = range((HEADER + NONCE) * 8, (size - TAG) * 8)
    sample = random.Random(20).sample(body, SAMPLED_BITS)
    for bit in (*range((HEADER + NONCE) * 8), *sample, *range((size - TAG) * 8, size * 8)):
        yield "flipped bits", flip(bit)
    for length in (0, 1, HEADER, HEADER + NONCE, size - TAG - 1, size - TAG, size - 1):
        yield "cut", cut(length)
    yield "extended", lambda token: token + b"\0"
    yield "extended", lambda token: token + bytes(TAG)
    yield "extended", lambda token: b"\0" + token
    yield "extended", lambda token: token + token


def wrong_rows(field: SealedField, key: DataKey, other: DataKey) -> Iterator[tuple[str, Any]]:
    """What was done, and a row in whose cell `field` it stands."""

    def of(row_id: UUID, *, key: DataKey = key, uid: str = field.uid) -> bytes:
        return token_for(uid, key, row_id)

    for what, damage in damages(len(of(uuid4()))):
        row_id = uuid4()
        yield what, row_with(key, field, row_id, damage(of(row_id)))
    for uid in FIELDS.keys() - {field.uid}:
        row_id = uuid4()
        yield "from another field", row_with(key, field, row_id, of(row_id, uid=uid))
    yield "from another row", row_with(key, field, uuid4(), of(uuid4()))
    for what, place in (
        ("from another agency", {"agency_id": uuid4()}),
        ("from another municipality", {"municipality_id": uuid4()}),
        ("from another scope", {"scope": Scope.FORM}),
        ("from another scope", {"scope_id": uuid4()}),
    ):
        row_id = uuid4()
        yield what, row_with(key, field, row_id, of(row_id, key=elsewhere(key, **place)))
    row_id = uuid4()
    renamed = of(row_id)[:2] + other.id.bytes + of(row_id)[HEADER:]
    yield "under another key's name", row_with(key, field, row_id, renamed)


def new_key(actor: Actor) -> DataKey:
    return new_data_key(
        municipality_id=actor.municipality_id,
        agency_id=actor.agency_id,
        scope=Scope.CASE,
        scope_id=uuid4(),
    )


class Undone(Exception):
    """Ends the transaction: rows whose references go nowhere must not be committed."""


@contextmanager
def undone(actor: Actor) -> Iterator[None]:
    with suppress(Undone), work(actor):
        yield
        raise Undone


def opened(actor: Actor, rows: models.QuerySet[Any], name: str) -> list[str]:
    """Through the door, without the note that a shown row leaves: its case is not there."""
    found: list[str] = []

    def fit(text: str) -> float:
        found.append(text)
        return 0

    door.find(actor, rows, name, fit)
    return found


@pytest.mark.parametrize("uid", FIELDS)
def test_no_changed_or_moved_value_opens(uid: str, cast: Cast) -> None:
    field = FIELDS[uid]
    actor, mark = reader_of(cast.actor("koordinator"), field)
    with undone(actor):
        key, other = new_key(actor), new_key(actor)
        whole_id = uuid4()
        whole = row_with(key, field, whole_id, token_for(uid, key, whole_id))
        wrong = list(wrong_rows(field, key, other))
        field.model._default_manager.bulk_create([whole, *(row for _what, row in wrong)])
        rows = {row.pk: row for row in stored(field, mark)}
        for what, row in wrong:
            with pytest.raises(CryptoError):
                open_cell(actor, rows[row.pk], field)
            refused[what] += 1
        if isinstance(field, SealedKeyField):
            open_cell(actor, rows[whole_id], field)
        else:
            assert opened(actor, stored(field, mark).filter(pk=whole_id), field.name) == [TEXT]


@pytest.mark.parametrize("uid", FIELDS)
def test_a_row_put_into_another_agency_does_not_open_there(uid: str, cast: Cast) -> None:
    """The drop box lets a row in; its key stays with the one who sealed it."""
    field = FIELDS[uid]
    sender, receiver = cast.actor("koordinator"), cast.actor("larare")
    reader, mark = reader_of(receiver, field)
    with undone(sender):
        row_id = uuid4()
        key = new_key(sender)
        row = row_with(key, field, row_id, token_for(uid, key, row_id))
        row.agency_id = receiver.agency_id
        field.model._default_manager.bulk_create([row])
        set_partition(receiver)
        (there,) = stored(field, mark).filter(pk=row_id)
        with pytest.raises(KeyMissing):
            open_cell(reader, there, field)
        refused["put into another agency"] += 1
