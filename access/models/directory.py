"""The directory: municipalities, agencies and units. Staff may know it; it holds no case and no child."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Municipality(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(max_length=4, unique=True)
    name = models.CharField(max_length=80)
    intake_phone = models.CharField(max_length=40)
    after_hours_phone = models.CharField(max_length=40)
    # How the data protection officer is reached; printed on every consent form (GDPR article 13.1 b).
    data_protection_officer = models.CharField(max_length=160, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class AgencyKind(models.TextChoices):
    SCHOOL = "school", _("Skola")
    SOCIAL_SERVICES = "social_services", _("Socialtjänst")
    POLICE = "police", _("Polis")
    LEISURE = "leisure", _("Fritid")
    COORDINATION = "coordination", _("Trygghetssamordning")


class SecrecyRegime(models.TextChoices):
    """The rule an agency's information stands under (Public Access and Secrecy Act, OSL 2009:400)."""

    OSL_23 = "osl_23", _("23 kap. OSL (skola)")
    OSL_25 = "osl_25", _("25 kap. OSL (hälso- och sjukvård)")
    OSL_26 = "osl_26", _("26 kap. OSL (socialtjänst)")
    OSL_35 = "osl_35", _("35 kap. OSL (polis)")
    OSL_21 = "osl_21", _("21 kap. OSL (allmänt skydd)")
    SKOLLAGEN_29_14 = "skollagen_29_14", _("29 kap. 14 § skollagen (fristående skola)")


class Agency(models.Model):
    """A secrecy boundary (OSL 8:1–2): finer than the organisation chart.

    hosting_*: the agreement or legal opinion on which a host outside social services holds individual cases
    (OSL 7:2): its reference, its date, and which membership attached it when. It names nobody.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="agencies")
    kind = models.CharField(max_length=20, choices=AgencyKind.choices)
    name = models.CharField(max_length=120)
    secrecy_regime = models.CharField(max_length=20, choices=SecrecyRegime.choices)
    independent = models.BooleanField(default=False)
    hosts_sspf = models.BooleanField(default=False)
    hosting_kind = models.CharField(max_length=20, blank=True)
    hosting_reference = models.CharField(max_length=160, blank=True)
    hosting_dated = models.DateField(null=True)
    hosting_added_by = models.UUIDField(null=True)
    hosting_added_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["municipality", "name"], name="agency_name_once"),
            models.UniqueConstraint(
                fields=["municipality"],
                condition=models.Q(hosts_sspf=True),
                name="one_sspf_host_per_municipality",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UnitQuery(models.QuerySet["Unit"]):
    def going(self) -> UnitQuery:
        """Those that can be chosen: an ended unit stays where it stood, and nothing new goes there."""
        return self.filter(ended_on__isnull=True)


class Unit(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="units")
    name = models.CharField(max_length=120)
    mailbox = models.EmailField(blank=True)
    # The intake (mottagning) where reports of concern come in (SoL 19:1).
    receives_reports = models.BooleanField(default=False)
    ended_on = models.DateField(null=True)

    objects: ClassVar[models.Manager[Unit]] = UnitQuery.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["agency", "name"], name="unit_name_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def with_agency(self) -> str:
        """Unit and agency; one name where they are called the same."""
        return ", ".join(dict.fromkeys((self.name, self.agency.name)))
