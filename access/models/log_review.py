"""The monthly log review: a sample of events that nobody can steer, a verdict on each, and a sign-off.

Rule: systematic, recurring and documented checks (HSLF-FS 2016:40, 4 kap. 9 §, as model; SoLPuL 10 §).
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from access.models.membership import Membership
from access.models.partition import PartitionModel
from crypto.fields import SealedField


class Verdict(models.TextChoices):
    OK = "ok", _("I sin ordning")
    ASKED = "asked", _("Frågat medarbetaren")
    EXPLAINED = "explained", _("Förklarat")
    ESCALATED = "escalated", _("Fört vidare till chef")


class LogReview(PartitionModel):
    """One agency's review of one month, and the signed checkpoint its sample was drawn with."""

    month = models.DateField()
    checkpoint_size = models.BigIntegerField()
    checkpoint_root = models.BinaryField()
    checkpoint_at = models.DateTimeField()
    events = models.PositiveIntegerField()
    drawn_at = models.DateTimeField()
    signed_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-month"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "month"], name="one_log_review_each_month"
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="log_review_month_is_its_first"),
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True, signed_at__isnull=True)
                | Q(signed_by__isnull=False, signed_at__isnull=False),
                name="log_review_signed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class LogReviewItem(PartitionModel):
    """One drawn event. `about_user` and `decided_by_user` let the database itself hold them apart."""

    review = models.ForeignKey(LogReview, models.PROTECT, related_name="items")
    place = models.PositiveSmallIntegerField()
    event_id = models.UUIDField()
    about_user = models.UUIDField()
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True)
    note = SealedField(uid="access.log_review_item.note", null=True)
    decided_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    decided_by_user = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "review", "place"],
                name="one_log_review_item_each_place",
            ),
            models.UniqueConstraint(
                fields=["municipality", "agency", "review", "event_id"],
                name="one_log_review_item_each_event",
            ),
            models.CheckConstraint(
                condition=Q(
                    verdict="",
                    decided_by__isnull=True,
                    decided_by_user__isnull=True,
                    decided_at__isnull=True,
                )
                | Q(
                    ~Q(verdict=""),
                    decided_by__isnull=False,
                    decided_by_user__isnull=False,
                    decided_at__isnull=False,
                ),
                name="log_review_verdict_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(decided_by_user=F("about_user")),
                name="log_review_never_of_oneself",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.review_id}/{self.place}"
