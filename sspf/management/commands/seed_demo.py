"""`manage.py seed_demo`: the invented cast, and a story made through the services. Running it again changes nothing."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from sspf.cast import seed_cast


class Command(BaseCommand):
    help = "Seeds the demo: municipalities, agencies, cast and a story, through the services."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--cast-only", action="store_true", help="people, without the story")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo's people do not belong in production.")
        seed_cast(today=timezone.localdate())
        if not options["cast_only"]:
            from access.actor import actor_of
            from sspf.story import member, seed_story
            from sspf.story_safety import seed_safety

            seed_story()
            seed_safety(lambda who: actor_of(member(who)))
        self.stdout.write("Demo seeded.")
