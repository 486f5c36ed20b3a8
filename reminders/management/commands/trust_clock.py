"""`manage.py trust_clock`: whoever runs the machine says that its clock is right, after it has jumped. For all municipalities."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from reminders import clock
from reminders.models import Clock
from reminders.services import trust_clock


class Command(BaseCommand):
    help = "After a jump of the clock that is right as it is: reminders are sent again. Shows the clock first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--yes", action="store_true", help="do it; without this it is only shown"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Both times in UTC, so that they can be held against another clock."""
        halted = Clock.objects.exclude(fault="").order_by("-halted_at").first()
        if halted is None:
            self.stdout.write("The clock is trusted: reminders are sent.")
            return
        self.stdout.write(f"It shows {clock.read().now:%Y-%m-%d %H:%M:%S} UTC.")
        self.stdout.write(
            f"It jumped {halted.fault}; last trusted when it showed {halted.seen_at:%Y-%m-%d %H:%M:%S} UTC."
        )
        if options["yes"] and trust_clock():
            self.stdout.write("Trusted. What is due by it is sent within a minute, everywhere.")
        else:
            self.stdout.write(
                "Nothing was changed. Where it is wrong, set it right: sending goes on by itself."
                " Where it is right, say so with --yes."
            )
