"""A citizen pledge (medborgarlöfte): what municipality and police promise the public for one year."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from access.models import Membership, PartitionModel, Role


class PledgeState(models.TextChoices):
    DRAFT = "draft", _("Utkast")
    APPROVED = "approved", _("Godkänt av båda")
    PUBLISHED = "published", _("Publicerat")


# What may follow a state. Every change of the content leads back to draft: what is published is what both approved.
NEXT: dict[PledgeState, frozenset[PledgeState]] = {
    PledgeState.DRAFT: frozenset({PledgeState.DRAFT, PledgeState.APPROVED}),
    PledgeState.APPROVED: frozenset({PledgeState.DRAFT, PledgeState.PUBLISHED}),
    PledgeState.PUBLISHED: frozenset({PledgeState.DRAFT}),
}


class Promiser(models.TextChoices):
    MUNICIPALITY = "municipality", _("Kommunen")
    POLICE = "police", _("Polisen")
    TOGETHER = "together", _("Tillsammans")


class Party(models.TextChoices):
    """Who must approve: the two who sign the cooperation agreement (samverkansöverenskommelse)."""

    MUNICIPALITY = "municipality", _("Kommunen")
    POLICE = "police", _("Polisen")


PARTY_OF_ROLE: dict[str, Party] = {
    Role.SAFETY_COORDINATOR: Party.MUNICIPALITY,
    Role.POLICE_OFFICER: Party.POLICE,
}


class Pledge(PartitionModel):
    """`agency` owns it; every agency of the municipality may read it. `version` counts every change of content."""

    year = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    parties = models.JSONField(default=list)
    state = models.CharField(max_length=20, choices=PledgeState.choices, default=PledgeState.DRAFT)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    first_published_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-year", "created_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["municipality", "year"],
                condition=models.Q(first_published_at__isnull=False),
                name="one_published_pledge_a_year",
            ),
            models.CheckConstraint(
                condition=models.Q(removed_at__isnull=True)
                | models.Q(first_published_at__isnull=True),
                name="a_published_pledge_stays",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.year})"


class Promise(PartitionModel):
    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="promises")
    promiser = models.CharField(max_length=20, choices=Promiser.choices)
    text = models.TextField()
    order = models.PositiveSmallIntegerField()
    recurs_from = models.ForeignKey("self", models.SET_NULL, null=True, related_name="recurred_in")

    class Meta:
        ordering: ClassVar = ["order", "id"]

    def __str__(self) -> str:
        return self.text


class FocusArea(PartitionModel):
    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="focus_areas")
    name = models.CharField(max_length=200)
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar = ["order", "id"]

    def __str__(self) -> str:
        return self.name


class UnplacedLine(PartitionModel):
    """A line of the imported text that nobody could place: kept and shown to the reviewer, never published."""

    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="unplaced")
    text = models.TextField()
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar = ["order", "id"]

    def __str__(self) -> str:
        return self.text


class Approval(PartitionModel):
    """One party's yes to one version of the content; a later change makes it count for nothing."""

    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="approvals")
    version = models.PositiveIntegerField()
    party = models.CharField(max_length=20, choices=Party.choices)
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "pledge", "version", "party"],
                name="one_approval_per_party_and_version",
            )
        ]

    def __str__(self) -> str:
        return f"{self.party} {self.version}"


class Publication(PartitionModel):
    """What the public sees, frozen. Never changed: publishing again makes a new one."""

    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="publications")
    year = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField()
    snapshot = models.JSONField()
    published_at = models.DateTimeField()
    next_follow_up_on = models.DateField()

    class Meta:
        ordering: ClassVar = ["-published_at", "id"]
        indexes: ClassVar = [
            models.Index(
                fields=["municipality", "year", "-published_at"], name="publications_of_a_year"
            )
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.published_at:%Y-%m-%d}"
