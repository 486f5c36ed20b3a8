"""The one door: the only way to a protected row, and the only way to plaintext.

`visible`, `open_one` and `find` give rows that exist for the actor; `reveal` asks the policy per field
group, opens the seals in one batch and notes the read; `reveal_file` does the same with a file. Hidden and
missing are the same.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from access.actor import Actor
from access.asking import NotHere as NotHere  # noqa: PLC0414 - part of the door, for whoever reads through it
from access.asking import demand as demand  # noqa: PLC0414 - as above
from access.asking import demand_of_role as demand_of_role  # noqa: PLC0414 - as above
from access.asking import may as may  # noqa: PLC0414 - as above
from access.asking import may_at_all as may_at_all  # noqa: PLC0414 - as above
from access.asking import may_create as may_create  # noqa: PLC0414 - as above
from access.asking import refuse as refuse  # noqa: PLC0414 - as above
from access.marks import READING, Terms, readable, terms_of, way
from access.models.partition import PartitionModel
from access.policy import Action
from access.protection import protection_of
from access.request_transaction import current_work
from access.revealed import Purpose as Purpose  # noqa: PLC0414 - as above
from access.revealed import Revealed as Revealed  # noqa: PLC0414 - as above
from crypto.errors import KeyMissing, SealBroken
from crypto.file_seal import open_file
from crypto.seal import Binding, open_batch

M = TypeVar("M", bound=PartitionModel)
# What a changed cell raises, also where it is the key's name that was changed.
DAMAGED = (SealBroken, KeyMissing)
log = logging.getLogger(__name__)


def visible(actor: Actor, model: type[M], *, action: Action = Action.LIST) -> QuerySet[M]:
    """The rows of `model` that exist for this actor. An unknown model raises KeyError, never opens."""
    return _open_to(terms_of(actor, model), model, action)


def listed(actor: Actor, model: type[M], *, through: AbstractSet[str] | None = None) -> QuerySet[M]:
    """The rows of `visible`, for a page that lists and reads them and does nothing else with them.

    Only what decides whether they, and their own field groups, may be listed and read is asked of the database. To anything
    else `may` answers no of such a row where a condition or a relation that was not asked would have to hold.
    through: only the rows that exist for the actor through one of these relations.
    """
    terms = terms_of(actor, model, asked=READING, through=through)
    return _open_to(terms, model, Action.LIST)


def _open_to(terms: Terms, model: type[M], action: Action) -> QuerySet[M]:
    rows: QuerySet[M] = model._default_manager.annotate(**terms.marks(action))
    opening = terms.opening(action)
    return rows.none() if opening is None else rows.filter(opening)


def open_one(
    actor: Actor, model: type[M], pk: UUID, *, action: Action = Action.LIST, lock: bool = False
) -> M:
    """The row, or NotHere after the attempt is noted. `lock` takes the row for change (SELECT … FOR UPDATE)."""
    rows = visible(actor, model, action=action)
    if lock:
        rows = rows.select_for_update(of=("self",))
    found = rows.filter(pk=pk).first()
    # Asked in both cases, so that hidden and missing take the same way.
    exists = model._default_manager.filter(pk=pk).exists()
    if found is None:
        refuse(model, pk, outcome="denied" if exists else "missing", action=action)
        raise NotHere
    return found


def reveal(
    actor: Actor,
    rows: Iterable[M],
    purpose: Purpose,
    *,
    groups: Sequence[str] | None = None,
    damaged: bool = False,
) -> list[Revealed[M]]:
    """Opens what the policy lets this actor read of `rows`, in one batch, and notes the read.

    groups: only these field groups (a list page opens less than a detail page); None means all.
    damaged: a value that does not open is shown as such, for pages that save nothing of it; otherwise SealBroken.
    Rows must come through the door: their relations are marks that it set.
    """
    return [
        _shown(actor, opened, purpose) for opened in _open(actor, rows, groups, damaged=damaged)
    ]


def find(
    actor: Actor,
    rows: QuerySet[M],
    name: str,
    fit: Callable[[str], float],
    *,
    most: int | None = None,
) -> list[Revealed[M]]:
    """The rows whose sealed field `name` fits, best first; read events for what is returned. The search is noted by its caller.

    fit: above 0 for a hit, the higher the better. What is searched is what the actor may read already, so a search can
    show nothing new.
    """
    scores = {pk: fit(text) for pk, text in _texts(actor, rows, name)}
    hits = [pk for pk, score in scores.items() if score > 0]
    best = sorted(hits, key=lambda pk: scores[pk], reverse=True)[:most]
    shown = reveal(actor, rows.filter(pk__in=best), Purpose.SEARCH, damaged=True)
    by_pk = {one.row.pk: one for one in shown}
    return [by_pk[pk] for pk in best if pk in by_pk]


def _texts(actor: Actor, rows: QuerySet[M], name: str) -> Iterator[tuple[UUID, str]]:
    """The field's text in each row where the actor may read it, without making objects of rows passed by."""
    group = next(g for g, names in protection_of(rows.model).sealed.items() if name in names)
    reading = readable(actor.role, rows, group)
    if reading is None:
        return iter(())
    return _cells(rows.filter(reading), name)


def fits_unseen(rows: QuerySet[M], name: str, fit: Callable[[str], float]) -> list[UUID]:
    """The ids of rows, closed to the actor, whose sealed field fits: for the log's eyes only.

    No text leaves this function, and no answer may depend on what it gives.
    """
    return [pk for pk, text in _cells(rows, name) if fit(text) > 0]


def _cells(rows: QuerySet[M], name: str) -> Iterator[tuple[UUID, str]]:
    filled = rows.filter(**{f"{name}__isnull": False})
    cells = list(filled.values_list("pk", "municipality_id", "agency_id", name))
    uid = rows.model._meta.get_field(name).uid  # type: ignore[union-attr]  # a sealed field
    texts = _each(
        [
            (sealed, Binding(uid, municipality, agency, pk))
            for pk, municipality, agency, sealed in cells
        ]
    )
    found = zip((cell[0] for cell in cells), texts, strict=True)
    return ((pk, text) for pk, text in found if text is not None)


def _each(items: Sequence[tuple[Any, Binding]]) -> Sequence[str | None]:
    """The texts; None for one that is damaged, which keeps nobody from the others."""
    try:
        return open_batch(items)
    except DAMAGED:
        return [_one(item) for item in items]


def _one(item: tuple[Any, Binding]) -> str | None:
    with suppress(*DAMAGED):
        return open_batch([item])[0]
    log.error("a sealed value does not open: %s of row %s", item[1].field, item[1].row_id)
    return None


@dataclass(frozen=True, slots=True)
class _Opened(Generic[M]):
    row: M
    text: dict[str, str]
    relations: dict[str, str]


def _open(
    actor: Actor, rows: Iterable[M], groups: Sequence[str] | None, *, damaged: bool
) -> list[_Opened[M]]:
    """Asks the policy per row and field group, and opens what it permits in one batch."""
    loaded = [_Opened(row, {}, {}) for row in rows]
    sealed: list[tuple[Any, Binding]] = []
    places: list[tuple[_Opened[M], str]] = []
    for opened in loaded:
        row = opened.row
        for group, names in protection_of(type(row)).sealed.items():
            relation = way(actor.role, row, group, Action.READ)
            if relation is None or (groups is not None and group not in groups):
                continue
            opened.relations[group] = relation
            for name in names:
                opened.text[name] = ""
                if getattr(row, name) is None:
                    continue
                uid = type(row)._meta.get_field(name).uid  # type: ignore[union-attr]  # a sealed field
                sealed.append(
                    (getattr(row, name), Binding(uid, row.municipality_id, row.agency_id, row.pk))
                )
                places.append((opened, name))
    texts = _each(sealed) if damaged else open_batch(sealed)
    for (opened, name), plain in zip(places, texts, strict=True):
        opened.text[name] = _("Kan inte läsas: uppgiften är skadad.") if plain is None else plain
        if plain is None:
            refuse(type(opened.row), opened.row.pk, outcome="failed", action=Action.READ)
    return loaded


def _shown(actor: Actor, opened: _Opened[M], purpose: Purpose) -> Revealed[M]:
    _note_read(actor, opened.row, opened.relations, purpose)
    return Revealed(opened.row, opened.text, actor, opened.relations)


def reveal_one(actor: Actor, row: M, purpose: Purpose, *, damaged: bool = False) -> Revealed[M]:
    return reveal(actor, [row], purpose, damaged=damaged)[0]


def reveal_file(
    actor: Actor, row: PartitionModel, chunks: Iterable[bytes], purpose: Purpose
) -> Iterator[bytes]:
    """The content of the row's file, if the policy lets this actor read it; the read is noted.

    The file's key is opened now; the content as it is asked for, chunk by chunk: when the request's transaction, and the
    event with it, is committed. `chunks` are the sealed ones in order.
    """
    protection = protection_of(type(row))
    if protection.file is None:
        raise KeyError(f"{row._meta.label} has no file")
    group, name = protection.file
    relation = demand(actor, row, group, Action.READ)
    file_key = getattr(row, name)
    if file_key is None:
        raise NotHere
    _note_read(actor, row, {group: relation}, purpose)
    field = type(row)._meta.get_field(name)
    binding = Binding(field.uid, row.municipality_id, row.agency_id, row.pk)  # type: ignore[union-attr]  # a sealed field
    return open_file(file_key, binding, chunks)


def _note_read(
    actor: Actor, row: PartitionModel, relations: Mapping[str, str], purpose: Purpose
) -> None:
    protection = protection_of(type(row))
    head = way(actor.role, row, protection.head, Action.LIST)
    groups = set(relations) | ({protection.head} if head else set())
    if not groups:
        return
    work = current_work()
    work.add_read(
        work.event(
            "read",
            object_type=row._meta.label_lower,
            object_id=row.pk,
            case=protection.case(row),
            field_groups=sorted(groups),
            relation=next(iter(relations.values()), head or ""),
            purpose=purpose,
        )
    )


# What the system itself may open, in one partition at a time: who turns 18 cannot be asked of a sealed date otherwise.
SYSTEM_OPENS = frozenset({("cases.person", "birth_date")})


def open_for_system(
    actor: Actor, row: PartitionModel, name: str, *, case: tuple[UUID | None, str]
) -> str:
    """One sealed text for a named system actor at work in the row's partition; the read is noted as its own.

    Raises NotHere for anybody who is a person, and for every field but those of SYSTEM_OPENS.
    """
    place = (row.municipality_id, row.agency_id)
    listed = (row._meta.label_lower, name) in SYSTEM_OPENS
    work = current_work()
    if actor.membership_id is not None or work.actor != actor or not listed:
        refuse(type(row), row.pk, outcome="denied", action=Action.READ)
        raise NotHere
    if place != (actor.municipality_id, actor.agency_id):
        raise NotHere
    sealed = getattr(row, name)
    if sealed is None:
        return ""
    work.add_read(
        work.event(
            "read",
            object_type=row._meta.label_lower,
            object_id=row.pk,
            case=case,
            field_groups=["identity"],
            purpose=Purpose.SYSTEM,
        )
    )
    uid = type(row)._meta.get_field(name).uid  # type: ignore[union-attr]  # a sealed field
    return open_batch([(sealed, Binding(uid, *place, row.pk))])[0]
