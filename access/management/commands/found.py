"""`manage.py found FILE`: a municipality begins: agencies, units and the administrators who then give the roles."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from access.accounts.founding import NotFounded, found


class Command(BaseCommand):
    help = "Makes what is missing of a municipality; its administrators only where it has none at work."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="as deploy/municipality.example.toml")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            table = tomllib.loads(options["file"].read_text(encoding="utf-8"))
            made = found(table, today=timezone.localdate())
        except (OSError, tomllib.TOMLDecodeError, NotFounded, KeyError) as fault:
            raise CommandError(f"{options['file'].name}: {fault}") from fault
        for membership in made:
            self.stdout.write(f"Invited: administrator, {membership.unit.name}")
        if not made:
            self.stdout.write("There is an administrator at work, who gives the roles.")
