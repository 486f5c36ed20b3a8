"""A file outlives the exchange of the data key above it: its own small key is sealed anew, its chunks stay as they are."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from crypto import municipality_keys
from tests.cases import talk_steps
from tests.cases.attachment_steps import added, downloaded, long_pdf
from tests.cast import Cast
from tests.crypto.bystanders import run

CHUNKS = "SELECT number, sealed FROM cases_attachmentchunk ORDER BY number"
FILE_KEY = "SELECT substring(file_key FROM 3 FOR 16) FROM cases_attachment"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["data", "municipality"])
def test_a_file_opens_after_its_keys_have_been_exchanged(
    committed_cast: Cast,
    environment_of: Callable[[str], dict[str, str]],
    superuser: psycopg.Connection,
    kind: str,
) -> None:
    link = added(committed_cast, talk_steps.active(committed_cast), long_pdf())
    chunks = superuser.execute(CHUNKS).fetchall()
    before = superuser.execute(FILE_KEY).fetchall()
    said = run(environment_of("rotator"), kind, "--municipality", "1495")
    assert "done" in said
    municipality_keys._unwrapped.clear()
    assert (superuser.execute(FILE_KEY).fetchall() == before) is (kind != "data")
    assert superuser.execute(CHUNKS).fetchall() == chunks
    assert downloaded(committed_cast.client("koordinator"), link) == long_pdf()
