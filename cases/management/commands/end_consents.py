"""Writes down the end of consents that are over, once, without Celery and Redis: for cron, and after an outage."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from cases.services.birth_date import end_what_is_over


class Command(BaseCommand):
    help = "Writes down the end of consents that are over, and of those of guardians whose child is 18."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print how many ended."""
        self.stdout.write(f"ended: {end_what_is_over(now=timezone.now())}")
