"""A download that is really committed: the stream is then read in transactions of its own."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import connection

from tests.cases import talk_steps
from tests.cases.attachment_steps import added, long_pdf
from tests.cases.talk_steps import id_in
from tests.cast import Cast


@pytest.mark.slow
def test_another_connection_sees_the_event_before_the_first_byte_is_opened(
    committed_cast: Cast, superuser: psycopg.Connection
) -> None:
    link = added(committed_cast, talk_steps.active(committed_cast), long_pdf())
    answer: Any = committed_cast.client("socialsekreterare").get(link)
    assert not connection.in_atomic_block
    found = superuser.execute(
        "SELECT field_groups FROM audit.event WHERE action = 'read' AND object_id = %s",
        [id_in(link)],
    ).fetchall()
    assert found == [(["attachment", "attachment_file"],)]
    assert b"".join(answer.streaming_content) == long_pdf()
    assert not connection.in_atomic_block
