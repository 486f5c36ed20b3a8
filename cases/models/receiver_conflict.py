"""A receiver's own conflict of interest (jäv): somebody who is not to read what was handed over, to them by name, or of a meeting they are called to."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from access.models import Membership, PartitionModel, Unit
from cases.models.conflict import ConflictKind
from cases.models.disclosure import Release
from cases.models.meeting import MeetingCall


class ReceiverConflict(PartitionModel):
    """Of one release or one call, in the receiver's own partition; for the user in every membership here (`about_user`).

    Nobody here knows who the release is about, so it holds for that row. `number`, `from_agency_name` and `contact` are those
    of the row, for whoever in the unit sees to it that somebody else is asked; `unit` is theirs.
    """

    about_user = models.UUIDField()
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    release = models.ForeignKey(Release, models.PROTECT, null=True, related_name="conflicts")
    call = models.ForeignKey(MeetingCall, models.PROTECT, null=True, related_name="conflicts")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=ConflictKind.choices)
    number = models.CharField(max_length=20)
    from_agency_name = models.CharField(max_length=120)
    contact = models.CharField(max_length=200)
    declared_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-declared_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "about_user", "release"],
                condition=Q(ended_at__isnull=True),
                name="one_conflict_each_release",
            ),
            models.UniqueConstraint(
                fields=["municipality", "agency", "about_user", "call"],
                condition=Q(ended_at__isnull=True),
                name="one_conflict_each_call",
            ),
            models.CheckConstraint(
                condition=Q(release__isnull=False, call__isnull=True)
                | Q(release__isnull=True, call__isnull=False),
                name="receiver_conflict_with_one",
            ),
        ]
