"""Consent (samtycke): a waiver of secrecy by the one it protects (OSL 12:2), in scopes, for a time."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from access.models import PartitionModel
from cases.models.case import Case
from crypto.fields import SealedField


class Consent(PartitionModel):
    """What was signed. It never changes; ConsentEvent says what became of it."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="consents")
    signed_by = SealedField(uid="cases.consent.signed_by")
    not_shared = SealedField(uid="cases.consent.not_shared")
    signed_on = models.DateField()
    valid_from = models.DateField()
    valid_to = models.DateField()
    received_how = models.CharField(max_length=20)

    class Meta:
        ordering = ["-valid_from", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_to__gte=models.F("valid_from")), name="consent_ends_after"
            )
        ]


class ConsentScope(PartitionModel):
    """One agency the consent covers. `covers_agency` names another partition: a plain id, no foreign key."""

    consent = models.ForeignKey(Consent, models.PROTECT, related_name="scopes")
    covers_agency = models.UUIDField()
    covers_name = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "consent", "covers_agency"], name="scope_once"
            )
        ]


class ConsentEvent(PartitionModel):
    """Append-only. `scope` is null when the event concerns the whole consent."""

    class Kind(models.TextChoices):
        GIVEN = "given", _("Lämnat")
        WITHDRAWN = "withdrawn", _("Återkallat")
        REPLACED = "replaced", _("Ersatt")

    consent = models.ForeignKey(Consent, models.PROTECT, related_name="events")
    scope = models.ForeignKey(ConsentScope, models.PROTECT, null=True, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    at = models.DateTimeField()
    channel = models.CharField(max_length=20)
    recorded_by = models.UUIDField()

    class Meta:
        ordering = ["at", "id"]
