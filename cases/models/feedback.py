"""Feedback (återkoppling) to who made a report: asked for, matched by hand, answered in words the law gives."""

from __future__ import annotations

from django.db import models

from access.models import Membership, PartitionModel, Unit
from cases.models.concern import ReportMade
from cases.models.received_report import ReceivedReport
from crypto.fields import SealedField


class FeedbackRequest(PartitionModel):
    """In the intake's partition, sealed under its key. The reporter's row is in another partition: a plain id."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    number = models.CharField(max_length=20)
    made_at = models.DateTimeField()
    how = models.CharField(max_length=20)
    report_made = models.UUIDField()
    from_agency = models.UUIDField()
    from_name = models.CharField(max_length=120)
    from_unit_name = models.CharField(max_length=120)
    asked_at = models.DateTimeField()
    child = SealedField(uid="cases.feedback_request.child")
    received_by = SealedField(uid="cases.feedback_request.received_by")
    report = models.ForeignKey(
        ReceivedReport, models.PROTECT, null=True, related_name="feedback_requests"
    )
    answer = models.CharField(max_length=20, blank=True)
    reason = SealedField(uid="cases.feedback_request.reason")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "report_made"], name="feedback_asked_for_once"
            )
        ]


class FeedbackAnswer(PartitionModel):
    """In the reporter's partition: one of the lawful answers, secret there too (OSL 40:7 g)."""

    report = models.ForeignKey(ReportMade, models.PROTECT, related_name="answers")
    answer = SealedField(uid="cases.feedback_answer.answer")
    answered_at = models.DateTimeField()
    answered_by_name = models.CharField(max_length=120)

    class Meta:
        ordering = ["answered_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "report"], name="feedback_answered_once"
            )
        ]
