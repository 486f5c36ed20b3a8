"""Accounts: a role that has been proposed for somebody, and the yearly word that a role is still needed.

Both belong to the directory, like the membership itself: they hold staff, no case and no child.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from access.models.directory import Agency, Municipality, Unit
from access.models.membership import Membership, Role


class ProposalState(models.TextChoices):
    WAITING = "waiting", _("Väntar på bekräftelse")
    CONFIRMED = "confirmed", _("Bekräftad")
    REFUSED = "refused", _("Nekad")
    WITHDRAWN = "withdrawn", _("Återtagen")


class MembershipProposal(models.Model):
    """A role for somebody, which is nothing until another has agreed: the database holds the two apart.

    The person is a work address until then, so that no account is made by one person alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    role = models.CharField(max_length=30, choices=Role.choices)
    email = models.EmailField()
    name = models.CharField(max_length=120)
    starts_on = models.DateField()
    ends_on = models.DateField()
    proposed_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    proposed_by_user = models.UUIDField()
    proposed_at = models.DateTimeField()
    state = models.CharField(
        max_length=20, choices=ProposalState.choices, default=ProposalState.WAITING
    )
    decided_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    decided_by_user = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    membership = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["proposed_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="proposal_ends_after"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at__isnull=True, decided_by_user__isnull=True)
                | (
                    ~Q(state="waiting") & Q(decided_at__isnull=False, decided_by_user__isnull=False)
                ),
                name="decided_proposal_has_a_decider",
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed", decided_by_user=F("proposed_by_user")),
                name="proposal_confirmed_by_another",
            ),
            models.UniqueConstraint(
                fields=["municipality", "email", "unit", "role"],
                condition=Q(state="waiting"),
                name="proposed_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.get_role_display()}"


class Attestation(models.Model):
    """That somebody's role is still needed, on whose word and when; it moves the role's last day. Only ever added to."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="attestations")
    about_user = models.UUIDField()
    attested_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    attested_by_user = models.UUIDField()
    attested_at = models.DateTimeField()
    ends_on = models.DateField()

    class Meta:
        ordering = ["-attested_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(about_user=F("attested_by_user")), name="attested_by_another"
            )
        ]
        indexes = [
            models.Index(fields=["membership", "-attested_at"], name="attestations_of_somebody")
        ]

    def __str__(self) -> str:
        return f"{self.membership_id}, {self.ends_on}"
