"""How somebody wants to be told outside the product, within what the table `choices.toml` allows."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from access.models import Membership, PartitionModel


class Way(models.TextChoices):
    AT_ONCE = "at_once", _("När påminnelsen kommer")
    DAILY = "daily", _("En gång om dagen, i ett enda meddelande")
    INAPP = "inapp", _("Aldrig: jag läser i inkorgen")


class Choice(PartitionModel):
    """One row per membership that has chosen; without a row the table's own choice holds.

    digest_hour, mail_from, mail_to: whole hours of the wall clock in Sweden. sms_number: the person's own work
    number as E.164, empty for none; it is an address of staff like `User.email`.
    """

    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    way = models.CharField(max_length=10, choices=Way.choices)
    digest_hour = models.PositiveSmallIntegerField()
    mail_from = models.PositiveSmallIntegerField()
    mail_to = models.PositiveSmallIntegerField()
    sms_number = models.CharField(max_length=16, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "membership"], name="one_choice_per_membership"
            ),
            models.CheckConstraint(
                condition=models.Q(mail_from__lt=models.F("mail_to"), mail_to__lte=24),
                name="choice_leaves_hours_to_send_in",
            ),
        ]

    def __str__(self) -> str:
        return self.way
