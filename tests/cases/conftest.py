"""What the tests of a whole file begin with, made once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction

from tests.cases import talk_steps
from tests.cast import Cast


@pytest.fixture(scope="module")
def case(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[str]:
    """The path of a case with a consent in force (`talk_steps.active`), made once for the file.

    Each test's own transaction is a savepoint in the one of the file, and what it did is undone as ever. A file with
    tests that commit (`committed`) cannot use it: they change to another database.
    """
    unblock = django_db_blocker.unblock  # type: ignore[attr-defined]  # pytest-django's, without a type
    with unblock():
        whole = transaction.atomic()
        whole.__enter__()
        path = talk_steps.active(Cast())
    yield path
    with unblock():
        transaction.set_rollback(True)
        whole.__exit__(None, None, None)
