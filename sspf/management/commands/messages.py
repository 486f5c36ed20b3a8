"""`manage.py messages`: bring the translations' files up to date and tell what still lacks words."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sspf import messages


class Command(BaseCommand):
    help = "Collects the texts, keeps their translations, compiles them."

    def handle(self, *args: Any, **options: Any) -> None:
        lacking = 0
        for language in messages.LANGUAGES:
            for message in messages.write(language):
                lacking += 1
                self.stdout.write(f"{language}: {message.id}")
        if lacking:
            raise CommandError(f"{lacking} texts lack a translation.")
        self.stdout.write("Every text is translated.")
