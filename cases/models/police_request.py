"""A question from the police (lag 2025:170 and otherwise): in the box of whoever is asked, with a receipt where it was written.

Neither side reads the other's: the question, its answer and what is released are each written into the receiver's partition.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from access.models import Membership, PartitionModel, Unit
from cases.models.person import Person
from crypto.fields import SealedField


class RequestState(models.TextChoices):
    WAITING = "waiting", _("Väntar på beslut")
    RELEASED = "released", _("Lämnad")
    PARTLY = "partly", _("Lämnad i en del")
    REFUSED = "refused", _("Inte lämnad")
    NOTHING = "nothing", _("Inget att lämna")


class RequestReceipt(PartitionModel):
    """All that is kept where it was written: no name of whom it is about, so it says the same whoever that is."""

    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    number = models.CharField(max_length=20)
    sent_at = models.DateTimeField()
    by_phone = models.BooleanField(default=False)
    to_agency_name = models.CharField(max_length=120)
    to_unit_name = models.CharField(max_length=120)
    basis = models.CharField(max_length=30)
    basis_version = models.DateField()
    kinds = models.CharField(max_length=60)
    answer_by = models.DateField()

    class Meta:
        ordering = ["-sent_at", "id"]


class PoliceRequest(PartitionModel):
    """`unit` is where it is decided, by the role that the dated routing gave. Who asked is in another partition: plain ids."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    asked_unit_name = models.CharField(max_length=120)
    decider_role = models.CharField(max_length=30)
    number = models.CharField(max_length=20)
    received_at = models.DateTimeField()
    from_agency = models.UUIDField(null=True)
    from_unit = models.UUIDField(null=True)
    officer_membership = models.UUIDField(null=True)
    receipt = models.UUIDField(null=True)
    noted_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    basis = models.CharField(max_length=30)
    basis_version = models.DateField()
    kinds = models.CharField(max_length=60)
    answer_by = models.DateField()
    about = SealedField(uid="cases.police_request.about")
    wanted = SealedField(uid="cases.police_request.wanted")
    purpose = SealedField(uid="cases.police_request.purpose")
    officer = SealedField(uid="cases.police_request.officer")
    reason = SealedField(uid="cases.police_request.reason")
    state = models.CharField(
        max_length=20, choices=RequestState.choices, default=RequestState.WAITING
    )
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=0)
    # Known here, and then the bars reach the question too.
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["answer_by", "received_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "number"],
                name="police_request_number_once_per_agency",
            ),
            models.CheckConstraint(
                condition=models.Q(state="waiting", decided_at__isnull=True)
                | (~models.Q(state="waiting") & models.Q(decided_at__isnull=False)),
                name="decided_request_has_a_time",
            ),
        ]


class RequestAnswer(PartitionModel):
    """In the officer's partition: what came of it, and why. What is released comes as a release of its own."""

    receipt = models.ForeignKey(RequestReceipt, models.PROTECT, related_name="answers")
    outcome = models.CharField(max_length=20, choices=RequestState.choices)
    reason = SealedField(uid="cases.request_answer.reason")
    answered_at = models.DateTimeField()
    answered_by_name = models.CharField(max_length=120)

    class Meta:
        ordering = ["answered_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "receipt"], name="request_answered_once"
            )
        ]


class DeputyQuery(models.QuerySet["RequestDeputy"]):
    def in_force(self, today: date) -> DeputyQuery:
        return self.filter(starts_on__lte=today, ends_on__gte=today, ended_at__isnull=True)


class RequestDeputy(PartitionModel):
    """A dated substitute (ställföreträdare) for whoever decides on the police's questions in a unit."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField()
    named_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    named_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[RequestDeputy]] = DeputyQuery.as_manager()

    class Meta:
        ordering = ["starts_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="deputy_ends_after"
            ),
            models.CheckConstraint(
                condition=~models.Q(membership=models.F("named_by")), name="deputy_is_another"
            ),
        ]
