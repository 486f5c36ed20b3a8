"""Delivers what is due, once, without Celery and Redis: for cron, and for when Redis is down."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from reminders import engine


class Command(BaseCommand):
    help = "Delivers the reminders that are due, once, without Celery and Redis."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print how many ended in which way."""
        tally = engine.tick()
        self.stdout.write(
            ", ".join(f"{outcome}: {count}" for outcome, count in sorted(tally.items()))
            or "nothing due"
        )
