"""What every process of a run is told: database, mail server, broker, and how long a lease is."""

from __future__ import annotations

import multiprocessing
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.context import ForkServerContext
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict


@dataclass(frozen=True, kw_only=True)
class Place:
    """superuser: conninfo of the run's own database. epoch: what the run's clock showed at `started`."""

    superuser: str
    passwords: dict[str, str]
    folder: Path
    smtp_port: int
    mail_timeout: float
    # In seconds; None leaves the product's own.
    lease: float | None = None
    patience: float | None = None
    redis_url: str = ""
    # Seconds that the mail server takes before it has a mail on disk, and again before it says so.
    slow: float = 0.0
    epoch: datetime | None = None
    started: datetime = field(default_factory=lambda: datetime.now().astimezone())

    def enter(self, role: str) -> None:
        """From now on this process is `sspf_<role>` in the run's database."""
        from django.conf import settings
        from django.db import connections

        from reminders import claim, delivery

        parts = conninfo_to_dict(self.superuser)
        connection = connections["default"]
        connection.close()
        connection.settings_dict.update(
            NAME=parts["dbname"],
            HOST=parts["host"],
            PORT=str(parts["port"]),
            USER=f"sspf_{role}",
            PASSWORD=self.passwords[role],
        )
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", self.smtp_port
        settings.EMAIL_TIMEOUT = self.mail_timeout
        if self.lease is not None and self.patience is not None:
            claim.LEASE = delivery.MAIL_LEASE = f"{self.lease} seconds"
            delivery.PATIENCE_SECONDS = self.patience


def fork_server() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.chaos.ready"])
    return context
