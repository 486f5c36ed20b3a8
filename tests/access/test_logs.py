"""A log line says where it failed, never what somebody typed."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.test import Client

from sspf.logs import Anonymous


@pytest.mark.parametrize("logger", ["django.request", "celery.app.trace"])
def test_an_exceptions_text_is_in_no_log_line(logger: str) -> None:
    with pytest.raises(ValueError, match="8B") as raised:
        int("Nils i 8B")
    # Django says the path; Celery's own message repeats what was raised.
    said = {"name": "reminders.tick", "exc": raised.value if "celery" in logger else "/oro/ny/"}
    record = logging.LogRecord(
        logger,
        logging.ERROR,
        __file__,
        1,
        "%(name)s: %(exc)s",
        (said,),
        (raised.type, raised.value, raised.tb),
    )
    Anonymous().filter(record)
    line = logging.Formatter("%(message)s").format(record)
    assert "Nils" not in line
    assert "ValueError at test_logs.py" in line


class Lines(logging.Handler):
    """What the product's log would say."""

    def __init__(self) -> None:
        super().__init__()
        self.addFilter(Anonymous())
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(self.format(record))


@pytest.fixture
def lines() -> Iterator[list[str]]:
    heard = Lines()
    logging.getLogger("django").addHandler(heard)
    yield heard.said
    logging.getLogger("django").removeHandler(heard)


def test_no_way_in_is_in_a_log_line(db: None, lines: list[str]) -> None:
    secret = "s" * 43
    # Refused, missing, and refused for its token: each is a line with the path.
    assert Client().post(f"/kalender/{secret}.ics").status_code == 405
    assert Client().get(f"/kalender/{secret}.ics").status_code == 404
    invitation = f"/valj-losenord/{uuid4()}-{secret}/"
    assert Client(enforce_csrf_checks=True).post(invitation).status_code == 403
    said = "\n".join(lines)
    assert secret not in said
    assert said.count("/kalender/<str:secret>.ics") == 2
    assert "/valj-losenord/<uuid:uidb36>-<slug:key>/" in said
