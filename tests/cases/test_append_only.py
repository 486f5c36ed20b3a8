"""What has been said of a consent, and what has been handed over, is added to and never changed: the database holds it."""

from __future__ import annotations

import pytest
from django.db import connection

from cases.models import (
    Consent,
    ConsentEvent,
    ConsentScope,
    ConsentSigner,
    Disclosure,
    DisclosureEnd,
    Release,
    ReleaseEnd,
    ReleaseReader,
)

KEPT = (
    *(Consent, ConsentEvent, ConsentScope, ConsentSigner),
    *(Disclosure, DisclosureEnd, Release, ReleaseEnd, ReleaseReader),
)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["sspf_web", "sspf_worker"])
def test_neither_web_nor_worker_may_change_or_take_away_a_row(role: str) -> None:
    with connection.cursor() as cursor:
        for model in KEPT:
            table = model._meta.db_table
            cursor.execute(
                "SELECT has_table_privilege(%s, %s, 'INSERT'),"
                " has_any_column_privilege(%s, %s, 'UPDATE'),"
                " has_table_privilege(%s, %s, 'DELETE')",
                [role, table] * 3,
            )
            assert cursor.fetchone() == (True, False, False), table
