"""Who is named for a protected person, and each setting of the level: for everybody else the person does not exist."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from access.models import Membership, PartitionModel
from cases.models.person import Person, Protection
from crypto.fields import SealedField


class NamedAccessQuery(models.QuerySet["NamedAccess"]):
    def in_force(self, today: date) -> NamedAccessQuery:
        return self.filter(starts_on__lte=today, ends_on__gte=today, ended_at__isnull=True)


class NamedAccess(PartitionModel):
    """A membership that may see a protected person; it opens nothing by itself, the bar only lets it through."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="named")
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField()
    ended_at = models.DateTimeField(null=True)
    named_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    named_at = models.DateTimeField()
    reason = SealedField(uid="cases.named_access.reason")

    objects: ClassVar[models.Manager[NamedAccess]] = NamedAccessQuery.as_manager()

    class Meta:
        ordering = ["named_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "person", "membership"],
                condition=Q(ended_at__isnull=True),
                name="named_once",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="named_access_ends_after"
            ),
        ]


class ProtectionState(models.TextChoices):
    WAITING = "waiting", _("Väntar på en andra person")
    DONE = "done", _("Gäller")
    REFUSED = "refused", _("Inte godkänd")


class ProtectionChange(PartitionModel):
    """One setting of the level. Raising is done at once; lowering waits for somebody else, by user, not by role."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="protection_changes")
    from_level = models.CharField(max_length=20, choices=Protection.choices)
    to_level = models.CharField(max_length=20, choices=Protection.choices)
    lowers = models.BooleanField()
    reason = SealedField(uid="cases.protection_change.reason")
    state = models.CharField(max_length=10, choices=ProtectionState.choices)
    set_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    set_by_user = models.UUIDField()
    set_at = models.DateTimeField()
    decided_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    decided_by_user = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-set_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "person"],
                condition=Q(state="waiting"),
                name="one_waiting_protection_change",
            ),
            models.CheckConstraint(
                condition=~Q(lowers=True, decided_by_user=F("set_by_user")),
                name="lowered_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=~Q(lowers=True, state="done", decided_by_user__isnull=True),
                name="lowered_by_somebody",
            ),
        ]
