"""The product's settings with every logger at DEBUG, SQL and its parameters among them: how much a log could ever say."""

from typing import Any

from django.db.backends.signals import connection_created

from sspf.settings import *  # noqa: F403
from sspf.settings import LOGGING

for logger in (LOGGING["root"], *LOGGING["loggers"].values()):  # type: ignore[attr-defined]
    logger["level"] = "DEBUG"


def _log_every_statement(connection: Any, **_rest: Any) -> None:
    connection.force_debug_cursor = True


connection_created.connect(_log_every_statement, weak=False)
