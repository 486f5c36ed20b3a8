"""Proposed roles and yearly attestations: read in the whole municipality, every change noted; units that end."""

import uuid
from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from access.partition_sql import partition_table
from audit.change_sql import watch_table

PROPOSAL = "access_membershipproposal"
ATTESTATION = "access_attestation"


def _key() -> "models.UUIDField[Any, Any]":
    return models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)


def _to(
    target: str, *, related_name: str = "+", null: bool = False
) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        null=null,
        on_delete=django.db.models.deletion.PROTECT,
        related_name=related_name,
        to=f"access.{target}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0012_data_protection_officer"),
        ("audit", "0002_row_changes"),
    ]

    operations = [
        migrations.AddField(model_name="unit", name="ended_on", field=models.DateField(null=True)),
        migrations.CreateModel(
            name="MembershipProposal",
            fields=[
                ("id", _key()),
                (
                    "role",
                    models.CharField(
                        max_length=30,
                        choices=[
                            ("teacher", "Lärare"),
                            ("principal", "Rektor"),
                            ("school_counsellor", "Skolkurator"),
                            ("school_nurse", "Skolsköterska"),
                            ("social_worker", "Socialsekreterare"),
                            ("coordinator", "SSPF-koordinator"),
                            ("police_officer", "Kommunpolis"),
                            ("youth_worker", "Fritidsledare"),
                            ("manager", "Enhetschef"),
                            ("log_reviewer", "Logggranskare"),
                            ("registrar", "Registrator"),
                            ("safety_coordinator", "Trygghetssamordnare"),
                            ("administrator", "Systemadministratör"),
                            ("approver", "Utsedd beslutsfattare"),
                        ],
                    ),
                ),
                ("email", models.EmailField(max_length=254)),
                ("name", models.CharField(max_length=120)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("proposed_by_user", models.UUIDField()),
                ("proposed_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        max_length=20,
                        default="waiting",
                        choices=[
                            ("waiting", "Väntar på bekräftelse"),
                            ("confirmed", "Bekräftad"),
                            ("refused", "Nekad"),
                            ("withdrawn", "Återtagen"),
                        ],
                    ),
                ),
                ("decided_by_user", models.UUIDField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("agency", _to("agency")),
                ("decided_by", _to("membership", null=True)),
                ("membership", _to("membership", null=True)),
                ("municipality", _to("municipality")),
                ("proposed_by", _to("membership")),
                ("unit", _to("unit")),
            ],
            options={
                "ordering": ["proposed_at", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(ends_on__gte=F("starts_on")), name="proposal_ends_after"
                    ),
                    models.CheckConstraint(
                        condition=Q(
                            state="waiting", decided_at__isnull=True, decided_by_user__isnull=True
                        )
                        | (
                            ~Q(state="waiting")
                            & Q(decided_at__isnull=False, decided_by_user__isnull=False)
                        ),
                        name="decided_proposal_has_a_decider",
                    ),
                    models.CheckConstraint(
                        condition=~Q(state="confirmed", decided_by_user=F("proposed_by_user")),
                        name="proposal_confirmed_by_another",
                    ),
                    models.UniqueConstraint(
                        fields=("municipality", "email", "unit", "role"),
                        condition=Q(state="waiting"),
                        name="proposed_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Attestation",
            fields=[
                ("id", _key()),
                ("about_user", models.UUIDField()),
                ("attested_by_user", models.UUIDField()),
                ("attested_at", models.DateTimeField()),
                ("ends_on", models.DateField()),
                ("agency", _to("agency")),
                ("attested_by", _to("membership")),
                ("membership", _to("membership", related_name="attestations")),
                ("municipality", _to("municipality")),
            ],
            options={
                "ordering": ["-attested_at", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=~Q(about_user=F("attested_by_user")), name="attested_by_another"
                    )
                ],
                "indexes": [
                    models.Index(
                        fields=["membership", "-attested_at"], name="attestations_of_somebody"
                    )
                ],
            },
        ),
        # Who proposes or attests may be of another agency than the role, never of another municipality.
        migrations.RunSQL(
            "ALTER TABLE access_membership ADD CONSTRAINT access_membership_municipality_place"
            " UNIQUE (municipality_id, id)",
            migrations.RunSQL.noop,
        ),
        partition_table(
            PROPOSAL,
            joint=True,
            references={
                "proposed_by_id": "access_membership",
                "decided_by_id": "access_membership",
                "membership_id": "access_membership",
            },
        ),
        partition_table(
            ATTESTATION,
            joint=True,
            grants="SELECT, INSERT",
            references={
                "membership_id": "access_membership",
                "attested_by_id": "access_membership",
            },
        ),
        watch_table(
            PROPOSAL,
            plain=(
                *("id", "municipality_id", "agency_id", "unit_id", "role", "email", "name"),
                *("starts_on", "ends_on", "proposed_by_id", "proposed_by_user", "proposed_at"),
                *("state", "decided_by_id", "decided_by_user", "decided_at", "membership_id"),
            ),
        ),
        watch_table(
            ATTESTATION,
            plain=(
                *("id", "municipality_id", "agency_id", "membership_id", "about_user"),
                *("attested_by_id", "attested_by_user", "attested_at", "ends_on"),
            ),
        ),
    ]
