"""A case (ärende) about one young person, in the partition of the agency that hosts SSPF."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from access.models import Membership, PartitionModel
from cases.models.person import Person


class Stage(models.TextChoices):
    NEW = "new", _("Ny")
    AWAITING_CONSENT = "awaiting_consent", _("Väntar på samtycke")
    ACTIVE = "active", _("Pågår")
    RESTING = "resting", _("Vilande")
    FROZEN = "frozen", _("Stoppad: samtycke saknas")
    DECLINED = "declined", _("Tackat nej")
    CLOSED = "closed", _("Avslutad")


# What may follow what; nothing else may.
FOLLOWS: dict[Stage, frozenset[Stage]] = {
    Stage.NEW: frozenset({Stage.AWAITING_CONSENT, Stage.ACTIVE, Stage.DECLINED, Stage.CLOSED}),
    Stage.AWAITING_CONSENT: frozenset({Stage.ACTIVE, Stage.DECLINED, Stage.CLOSED}),
    Stage.ACTIVE: frozenset({Stage.RESTING, Stage.FROZEN, Stage.CLOSED}),
    Stage.RESTING: frozenset({Stage.ACTIVE, Stage.FROZEN, Stage.CLOSED}),
    Stage.FROZEN: frozenset({Stage.ACTIVE, Stage.CLOSED}),
    Stage.DECLINED: frozenset(),
    Stage.CLOSED: frozenset(),
}
OPEN_STAGES = frozenset({Stage.NEW, Stage.AWAITING_CONSENT, Stage.ACTIVE, Stage.RESTING})
# What stops by itself when the last consent has ended.
LAPSING_STAGES = frozenset({Stage.ACTIVE, Stage.RESTING})
# Nothing more is written in a case that has ended, and nothing is shared from it.
ENDED_STAGES = frozenset({Stage.DECLINED, Stage.CLOSED})


class Case(PartitionModel):
    number = models.CharField(max_length=20)
    person = models.ForeignKey(Person, models.PROTECT, related_name="cases")
    stage = models.CharField(max_length=20, choices=Stage.choices, default=Stage.NEW)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=40, blank=True)
    stopped_because = models.CharField(max_length=40, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-opened_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "number"], name="case_number_once_per_agency"
            )
        ]
        indexes = [
            # The list's order: its first page is read without sorting what an agency has.
            models.Index(
                fields=["municipality", "agency", "-opened_at", "id"], name="cases_newest_first"
            )
        ]

    def __str__(self) -> str:
        return self.number


class AssignmentQuery(models.QuerySet["Assignment"]):
    def in_force(self, today: date) -> AssignmentQuery:
        return self.filter(starts_on__lte=today, ends_on__gte=today, ended_at__isnull=True)

    def manned(self, today: date) -> AssignmentQuery:
        """In force, by somebody whose membership is in force too."""
        return self.in_force(today).filter(
            membership__starts_on__lte=today,
            membership__ends_on__gte=today,
            membership__ended_at__isnull=True,
            membership__user__is_active=True,
        )


class Assignment(PartitionModel):
    """The one truth of who works on a case; it belongs to a membership and ends by itself.

    `ended_at` ends it at once, from the next request; `ends_on` is its last day otherwise.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="assignments")
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    lead = models.BooleanField(default=False)
    starts_on = models.DateField()
    ends_on = models.DateField()
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Assignment]] = AssignmentQuery.as_manager()

    class Meta:
        ordering = ["starts_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "case", "membership", "starts_on"],
                condition=models.Q(ended_at__isnull=True),
                name="assignment_once",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="assignment_ends_after"
            ),
        ]
