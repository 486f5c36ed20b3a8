"""A log line says where it failed, never what somebody typed."""

from __future__ import annotations

import logging
import sys

import pytest

from sspf.logs import Anonymous


@pytest.mark.parametrize("logger", ["django.request", "celery.app.trace"])
def test_an_exceptions_text_is_in_no_log_line(logger: str) -> None:
    try:
        int("Nils i 8B")
    except ValueError as fault:
        record = logging.LogRecord(
            logger, logging.ERROR, __file__, 1, "Task %(name)s raised unexpected: %(exc)r",
            ({"name": "reminders.tick", "exc": fault} if logger.startswith("celery") else {"name": "x", "exc": 1},),
            sys.exc_info(),
        )  # fmt: skip
    Anonymous().filter(record)
    line = logging.Formatter("%(message)s").format(record)
    assert "Nils" not in line
    assert "ValueError at test_logs.py" in line
