"""A membership is a user's role in a unit for a time; it, not the user, is who acts."""

from __future__ import annotations

import uuid
from datetime import date
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from access.models.directory import Agency, Municipality, Unit
from access.models.user import User


class Role(models.TextChoices):
    TEACHER = "teacher", _("Lärare")
    PRINCIPAL = "principal", _("Rektor")
    SCHOOL_COUNSELLOR = "school_counsellor", _("Skolkurator")
    SCHOOL_NURSE = "school_nurse", _("Skolsköterska")
    SOCIAL_WORKER = "social_worker", _("Socialsekreterare")
    COORDINATOR = "coordinator", _("SSPF-koordinator")
    POLICE_OFFICER = "police_officer", _("Kommunpolis")
    YOUTH_WORKER = "youth_worker", _("Fritidsledare")
    MANAGER = "manager", _("Enhetschef")
    LOG_REVIEWER = "log_reviewer", _("Logggranskare")
    REGISTRAR = "registrar", _("Registrator")
    SAFETY_COORDINATOR = "safety_coordinator", _("Trygghetssamordnare")
    ADMINISTRATOR = "administrator", _("Systemadministratör")
    APPROVER = "approver", _("Utsedd beslutsfattare")


def in_sentence(label: str) -> str:
    """A role's word inside a sentence: "lärare", but "SSPF-koordinator"."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


class MembershipQuery(models.QuerySet["Membership"]):
    def in_force(self, today: date) -> MembershipQuery:
        return self.filter(
            starts_on__lte=today,
            ends_on__gte=today,
            ended_at__isnull=True,
            user__is_active=True,
        )


class Membership(models.Model):
    """Ends by itself: `ends_on` is required, and a yearly attestation moves it. `ended_at` ends it at once.

    home: of a guest, the role elsewhere that this one rests on and ends with (`access.accounts.guests`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="memberships")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=30, choices=Role.choices)
    starts_on = models.DateField()
    ends_on = models.DateField()
    ended_at = models.DateTimeField(null=True)
    home = models.ForeignKey("self", models.PROTECT, null=True, related_name="guests")

    objects: ClassVar[models.Manager[Membership]] = MembershipQuery.as_manager()

    class Meta:
        ordering = ["starts_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="membership_ends_after"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user.name}, {self.get_role_display()}"
