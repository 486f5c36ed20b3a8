"""A text of its own in every sealed cell of a database, whoever wrote the row: sealed anew under the cell's own key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from django.db.models import Model
from psycopg import sql

from access.models import Agency
from access.request_transaction import work
from crypto.fields import SealedField
from crypto.keys import data_keys
from crypto.seal import Binding, open_batch, seal
from crypto.sealed import token_of
from crypto.token import split
from tests.crypto.canary import _enter, sealed_fields

# Gives the cell's new text, or None to leave it: (uid, row, what it holds).
Make = Callable[[str, Any, str], str | None]
UPDATE = sql.SQL("UPDATE {} SET {} = %s WHERE id = %s")


def plant_everywhere(superuser: psycopg.Connection[Any], make: Make) -> int:
    """Every sealed text of every row of every agency is offered to `make`; gives how many were sealed anew.

    Read as the web role, written as the superuser: what is append-only is so for the product.
    """
    planted = 0
    for agency in Agency.objects.all():
        with work(None):
            _enter(agency)
            for model, fields in _by_model().items():
                for row in model._default_manager.filter(agency_id=agency.id):
                    for column, token in _sealed_anew(row, fields, make):
                        statement = UPDATE.format(
                            sql.Identifier(model._meta.db_table), sql.Identifier(column)
                        )
                        superuser.execute(statement, [token, row.pk])
                        planted += 1
    return planted


def _by_model() -> dict[type[Model], list[tuple[str, SealedField]]]:
    found = defaultdict(list)
    for uid, field in sealed_fields().items():
        found[field.model].append((uid, field))
    return found


def _sealed_anew(
    row: Any, fields: list[tuple[str, SealedField]], make: Make
) -> Iterator[tuple[str, bytes]]:
    filled = [(uid, field) for uid, field in fields if getattr(row, field.attname) is not None]
    texts = open_batch(
        [
            (
                getattr(row, field.attname),
                Binding(uid, row.municipality_id, row.agency_id, row.pk),
            )
            for uid, field in filled
        ]
    )
    for (uid, field), text in zip(filled, texts, strict=True):
        new = make(uid, row, text)
        if new is not None:
            key_id, _rest = split(token_of(getattr(row, field.attname)))
            key = data_keys([key_id])[key_id]
            yield str(field.column), token_of(seal(new, key=key, field=uid, row_id=row.pk))
