"""A log line says where it failed, never what somebody typed."""

from __future__ import annotations

import logging

import pytest

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
