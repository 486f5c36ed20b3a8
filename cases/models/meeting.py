"""A network meeting (nätverksmöte): held by the host, with those whom a consent covers; each invitee gets a call of their own."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from access.models import Membership, PartitionModel
from cases.models.case import Case
from cases.models.consent import Consent
from crypto.fields import SealedField


class MeetingState(models.TextChoices):
    PLANNED = "planned", _("Planerat")
    HELD = "held", _("Hållet")
    CANCELLED = "cancelled", _("Inställt")


class Meeting(PartitionModel):
    """One case's meeting. Siblings meet at one table, but each case has its own meeting and its own minutes."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="meetings")
    state = models.CharField(
        max_length=10, choices=MeetingState.choices, default=MeetingState.PLANNED
    )
    planned_for = models.DateTimeField()
    place = SealedField(uid="cases.meeting.place")
    about = SealedField(uid="cases.meeting.about")
    family = SealedField(uid="cases.meeting.family")
    minutes = SealedField(uid="cases.meeting.minutes")
    called_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    held_at = models.DateTimeField(null=True)
    cancelled_because = models.CharField(max_length=40, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-planned_for", "id"]


class Invitee(PartitionModel):
    """Somebody called to the meeting. Their membership may be in another partition: a plain id.

    `consent` is what lets them come; null for those of the case's own agency. `call_id` names the copy in their partition.
    """

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="invitees")
    consent = models.ForeignKey(Consent, models.PROTECT, null=True, related_name="+")
    of_membership = models.UUIDField()
    of_agency = models.UUIDField()
    of_unit = models.UUIDField()
    staff_name = models.CharField(max_length=120)
    unit_name = models.CharField(max_length=120)
    agency_name = models.CharField(max_length=120)
    call_id = models.UUIDField(null=True)
    dropped_at = models.DateTimeField(null=True)
    dropped_because = models.CharField(max_length=40, blank=True)
    came = models.BooleanField(null=True)

    class Meta:
        ordering = ["agency_name", "staff_name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "meeting", "of_membership"],
                condition=models.Q(dropped_at__isnull=True),
                name="invited_once",
            )
        ]


class MeetingCall(PartitionModel):
    """What one invitee was told, in the invitee's own partition and under its key: when, where, about what, by whom."""

    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    planned_for = models.DateTimeField()
    place = SealedField(uid="cases.meeting_call.place")
    about = SealedField(uid="cases.meeting_call.about")
    from_agency_name = models.CharField(max_length=120)
    called_by_name = models.CharField(max_length=120)
    called_at = models.DateTimeField()
    until = models.DateField()
    number = models.CharField(max_length=20)

    class Meta:
        ordering = ["planned_for", "id"]


class MeetingCallEnd(PartitionModel):
    """The host appends it into the invitee's partition; from the next request time and place are gone."""

    call = models.ForeignKey(MeetingCall, models.PROTECT, related_name="ends")
    ended_at = models.DateTimeField()
