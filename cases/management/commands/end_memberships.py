"""`manage.py end_memberships ADDRESS`: what somebody may do here ends now, and their manager is told what is left."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from access.models import Membership
from cases.services.leaving import end_membership


class Command(BaseCommand):
    help = "Ends every membership of the person with that address at once; reads no case."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", help="work e-mail address of the person")
        parser.add_argument("--municipality", help="only there: the municipality's code")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        held = Membership.objects.in_force(timezone.localdate(now)).filter(
            user__email__iexact=options["address"]
        )
        if options["municipality"]:
            held = held.filter(municipality__code=options["municipality"])
        found = list(held.select_related("agency", "unit", "municipality"))
        if not found:
            raise CommandError("Nobody with that address has a membership in force there.")
        for membership in found:
            if end_membership(membership=membership, now=now):
                self.stdout.write(
                    f"Ended: {membership.role}, {membership.unit.name}, {membership.municipality.name}"
                )
