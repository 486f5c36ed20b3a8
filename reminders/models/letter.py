"""One mail (or SMS) to one person, which may stand for several reminders."""

from __future__ import annotations

from django.db import models

from access.models import Membership, PartitionModel
from reminders.models.reminder import Reminder


class Letter(PartitionModel):
    """The unique row that makes several reminders one mail.

    slot: what there is one of: "dag 2026-11-24", "minut 2026-11-24T07:00" (UTC), or "genast" and the reminder. first: the reminder it was made for;
    its Message-ID is the letter's, whoever of those it stands for sends it.
    """

    class State(models.TextChoices):
        STARTED = "started"
        ACCEPTED = "accepted"
        FAILED = "failed"

    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    slot = models.CharField(max_length=50)
    first = models.ForeignKey(Reminder, models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices)
    # The reminder whose delivery holds it now, and since when: another waits, and takes over what was left.
    held_by = models.UUIDField()
    held_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-held_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "membership", "slot"], name="one_letter_per_slot"
            ),
            models.CheckConstraint(
                condition=models.Q(state="accepted", accepted_at__isnull=False)
                | (~models.Q(state="accepted") & models.Q(accepted_at__isnull=True)),
                name="accepted_letter_has_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["membership", "-accepted_at"],
                condition=models.Q(state="accepted"),
                name="letters_that_reached",
            )
        ]

    def __str__(self) -> str:
        return self.slot
