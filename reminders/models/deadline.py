"""A date that somebody is responsible for. What it is about is known only as an opaque id."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from access.models import Membership, PartitionModel, Unit


class MoveReason(models.TextChoices):
    """Why a date was moved. A closed list: free text about a young person belongs in the case, sealed."""

    WAITING = "waiting", _("Vi väntar på besked från någon annan")
    MEETING_MOVED = "meeting_moved", _("Mötet är flyttat")
    ABSENT = "absent", _("Den som ska göra det är frånvarande")
    AGREED = "agreed", _("Vi har kommit överens om en ny dag")
    OTHER = "other", _("Något annat")


class Deadline(PartitionModel):
    class State(models.TextChoices):
        OPEN = "open", _("Öppen")
        DONE = "done", _("Gjord")
        CANCELLED = "cancelled", _("Inställd")

    kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    # A case or concern number; never a name.
    label = models.CharField(max_length=40, blank=True)
    route = models.CharField(max_length=80)
    route_pk = models.UUIDField(null=True)
    responsible_membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    due_on = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    version = models.PositiveIntegerField(default=1)
    moves = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    # When this version's reminders were counted, and with which rules, holidays and time zone data.
    planned_at = models.DateTimeField()
    planned_with = models.CharField(max_length=60, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["due_on", "label", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "kind", "subject_id"],
                condition=models.Q(state="open"),
                name="one_open_deadline_per_kind_and_subject",
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", closed_at__isnull=True)
                | (~models.Q(state="open") & models.Q(closed_at__isnull=False)),
                name="closed_deadline_has_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["municipality", "agency", "responsible_membership", "due_on"],
                condition=models.Q(state="open"),
                name="open_deadlines_of_somebody",
            ),
            models.Index(
                fields=["municipality", "agency", "unit", "kind", "due_on"],
                condition=models.Q(state="open"),
                name="open_deadlines_of_a_unit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.due_on}"
