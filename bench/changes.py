"""The changes that ours and the peers do alike: to assignments, through whatever model stands for the table."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, models
from django.utils import timezone

# A request changes a few rows: two are inserted here, and each is saved once more.
IN_ONE_TRANSACTION = 4


@dataclass(frozen=True)
class Place:
    """Whose case it is that somebody is put on."""

    municipality_id: UUID
    agency_id: UUID
    case_id: UUID
    membership_id: UUID
    user_id: UUID


def change(
    model: type[models.Model],
    place: Place,
    number: int,
    *,
    transaction: Callable[[], AbstractContextManager[Any]],
    tell: Callable[[UUID], None] = lambda _row_id: None,
) -> None:
    """`number` changes, a few in a transaction; `tell` notes a change where nothing does so by itself."""
    for _ in range(number // IN_ONE_TRANSACTION):
        with transaction():
            for _ in range(IN_ONE_TRANSACTION // 2):
                row = _row(model, place)
                row.save(force_insert=True)
                tell(row.pk)
                row.ends_on += timedelta(days=1)  # type: ignore[attr-defined]
                row.save(update_fields=["ends_on"])
                tell(row.pk)


def change_in_bulk(
    model: type[models.Model],
    place: Place,
    number: int,
    *,
    transaction: Callable[[], AbstractContextManager[Any]],
) -> None:
    """As many rows inserted by bulk_create, then changed by update(), then by SQL: 3 × `number` changes."""
    with transaction():
        rows = [_row(model, place) for _ in range(number)]
        manager = model._default_manager
        manager.bulk_create(rows)
        mine = [row.pk for row in rows]
        manager.filter(pk__in=mine).update(ends_on=date(2030, 1, 1))
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE cases_assignment SET ends_on = %s WHERE id = ANY(%s)",
                [date(2030, 1, 2), mine],
            )


def _row(model: type[models.Model], place: Place) -> models.Model:
    today = timezone.localdate()
    return model(
        id=uuid4(),
        municipality_id=place.municipality_id,
        agency_id=place.agency_id,
        case_id=place.case_id,
        membership_id=place.membership_id,
        starts_on=today,
        ends_on=today + timedelta(days=30),
        # Ended at once, so that the next one may begin on the same day.
        ended_at=timezone.now(),
    )
