"""`manage.py hosts`: which agency hosts SSPF in each municipality, and whether it may hold individual cases."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from access.models import Agency
from cases.services.host import may_hold_cases, rule_of


class Command(BaseCommand):
    help = "Tells where individual cases are open, where they are closed, and on what (OSL 7:2)."

    def handle(self, *args: Any, **options: Any) -> None:
        today = timezone.localdate()
        hosts = Agency.objects.filter(hosts_sspf=True).select_related("municipality")
        for agency in hosts.order_by("municipality__name"):
            state = "open" if may_hold_cases(agency, today) else "CLOSED"
            attached = f"; {agency.hosting_reference}" if agency.hosting_reference else ""
            self.stdout.write(
                f"{agency.municipality.name}: {agency.name} ({agency.kind}): {state},"
                f" {rule_of(agency, today).basis}{attached}"
            )
