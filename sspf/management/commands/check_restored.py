"""`manage.py check_restored`: tries a sample of the sealed values of every field, then notes in each agency's log that it was restored."""

from __future__ import annotations

import base64
from collections import Counter
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import models
from django.utils.translation import gettext_noop

from access.actor import system_actor
from access.allauth_adapter import PURPOSE
from access.models import Agency, PartitionModel
from access.request_transaction import record, work
from crypto.fields import SealedField
from crypto.seal import Binding
from crypto.trial import Opens, whether_it_opens, whether_system_opens

SAMPLE = 50


class Command(BaseCommand):
    help = (
        "Tries sealed values after a restore: each opens, or is dead because its key was destroyed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--sample",
            type=int,
            default=SAMPLE,
            help=f"values per field and agency, {SAMPLE} if not said",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found: dict[str, Counter[Opens]] = {}
        for agency in Agency.objects.order_by("municipality_id", "id"):
            actor = system_actor(
                name=gettext_noop("Återläsning"),
                municipality_id=agency.municipality_id,
                agency_id=agency.id,
                agency_kind=agency.kind,
            )
            with work(actor):
                for field in sealed_fields():
                    _try(field, found.setdefault(field.uid, Counter()), options["sample"])
                record("log.restore", object_type="audit.auditevent", object_id=None)
        _try_factors(found.setdefault("mfa.authenticator", Counter()), options["sample"])
        total = sum(found.values(), Counter())
        self.stdout.write(
            f"{total.total()} sealed values of {len(found)} fields tried:"
            f" {total[Opens.YES]} open, {total[Opens.ERASED]} are erased"
        )
        faults = [
            f"{uid}: {counted[kind]} {kind}"
            for uid, counted in sorted(found.items())
            for kind in (Opens.KEY_MISSING, Opens.REPLACED, Opens.BROKEN)
            if counted[kind]
        ]
        if faults:
            raise CommandError("; ".join(faults))


def sealed_fields() -> list[SealedField]:
    """Every sealed field of every model, in the order of their names."""
    fields = [
        field
        for model in apps.get_models()
        if issubclass(model, PartitionModel)
        for field in model._meta.local_fields
        if isinstance(field, SealedField)
    ]
    return sorted(fields, key=lambda field: field.uid)


def _try(field: SealedField, counted: Counter[Opens], sample: int) -> None:
    """The newest rows and the oldest would be alike in age of keys: a random choice."""
    model: type[models.Model] = field.model
    rows = model._default_manager.exclude(**{f"{field.attname}__isnull": True}).order_by("?")
    for row in rows[:sample]:
        binding = Binding(field.uid, row.municipality_id, row.agency_id, row.pk)  # type: ignore[attr-defined]
        counted[whether_it_opens(getattr(row, field.attname), binding)] += 1


def _try_factors(counted: Counter[Opens], sample: int) -> None:
    for factor in Authenticator.objects.order_by("?")[:sample]:
        for name in ("secret", "seed"):
            if name in factor.data:
                sealed = base64.b64decode(factor.data[name])
                counted[whether_system_opens(sealed, purpose=PURPOSE)] += 1
