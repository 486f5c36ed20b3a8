"""Conflict of interest (jäv): somebody of the staff who is not to handle a person, or a concern nobody has taken."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from access.models import Membership, PartitionModel
from cases.models.concern import Concern
from cases.models.person import Person
from crypto.fields import SealedField


class ConflictKind(models.TextChoices):
    SELF = "self", _("Det gäller mig själv")
    FAMILY = "family", _("Det gäller min familj eller någon jag bor med")
    DECLARED = "declared", _("Jag känner familjen eller är på annat sätt inte opartisk")


class Conflict(PartitionModel):
    """It holds for the user in every membership here (`about_user`), from the next request until it is ended."""

    about_user = models.UUIDField()
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="conflicts")
    concern = models.ForeignKey(Concern, models.PROTECT, null=True, related_name="conflicts")
    kind = models.CharField(max_length=10, choices=ConflictKind.choices)
    reason = SealedField(uid="cases.conflict.reason")
    registered_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    registered_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-registered_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "about_user", "person"],
                condition=Q(ended_at__isnull=True),
                name="one_conflict_each_person",
            ),
            models.UniqueConstraint(
                fields=["municipality", "agency", "about_user", "concern"],
                condition=Q(ended_at__isnull=True),
                name="one_conflict_each_concern",
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=False) | Q(concern__isnull=False),
                name="conflict_with_somebody",
            ),
        ]
