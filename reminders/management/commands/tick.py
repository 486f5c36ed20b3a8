"""Delivers what is due, once, and looks for what was lost, without Celery and Redis: for cron, and for when Redis is down."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from reminders import engine
from reminders.reconciler import reconcile


class Command(BaseCommand):
    help = "Delivers the reminders that are due, once, without Celery and Redis."

    def add_arguments(self, parser: CommandParser) -> None:
        """Let the demo show what a later day brings."""
        parser.add_argument(
            "--at", help="as if it were this time, like 2026-12-01T08:00 (not in production)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print how many ended in which way."""
        moment = _moment(options["at"])
        tally = engine.tick(moment)
        if moment is None:
            tally.update({f"found {check}": count for check, count in reconcile().items()})
        self.stdout.write(
            ", ".join(f"{outcome}: {count}" for outcome, count in sorted(tally.items()))
            or "nothing due"
        )


def _moment(given: str | None) -> datetime | None:
    if given is None:
        return None
    if settings.PRODUCTION:
        raise CommandError("--at is for the demo and for tests: reminders would go out early.")
    moment = parse_datetime(given)
    if moment is None:
        raise CommandError("--at must look like 2026-12-01T08:00.")
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment
