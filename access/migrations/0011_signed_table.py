"""Who signed which version of which table: read by the whole municipality, only ever added to, every row noted."""

import uuid
from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from access.partition_sql import partition_table
from audit.change_sql import watch_table

TABLE = "access_signedtable"


def _place(to: str) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=f"access.{to}"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0010_unit_receives_reports"),
        ("audit", "0002_row_changes"),
    ]

    operations = [
        migrations.CreateModel(
            name="SignedTable",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("table", models.CharField(max_length=40)),
                ("version", models.CharField(max_length=40)),
                ("sha256", models.CharField(max_length=64)),
                ("signed_by", models.CharField(max_length=120)),
                ("title", models.CharField(max_length=120)),
                ("signed_on", models.DateField()),
                ("paper_reference", models.CharField(max_length=60)),
                ("recorded_at", models.DateTimeField()),
                ("agency", _place("agency")),
                ("municipality", _place("municipality")),
                ("recorded_by", _place("membership")),
            ],
            options={
                "ordering": ["-recorded_at", "id"],
                "indexes": [
                    models.Index(
                        fields=["municipality", "table", "-recorded_at"], name="tables_signed"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            *("municipality", "agency", "table", "sha256"),
                            *("signed_by", "title", "signed_on", "paper_reference"),
                        ),
                        name="table_signed_once_each",
                    )
                ],
            },
        ),
        partition_table(TABLE, joint=True, grants="SELECT, INSERT"),
        # Who records it works in the agency that the row stands in.
        migrations.RunSQL(
            f"ALTER TABLE {TABLE} ADD CONSTRAINT {TABLE}_recorded_by_same_agency"
            " FOREIGN KEY (municipality_id, agency_id, recorded_by_id)"
            " REFERENCES access_membership (municipality_id, agency_id, id)"
            " DEFERRABLE INITIALLY DEFERRED",
            migrations.RunSQL.noop,
        ),
        watch_table(
            TABLE,
            plain=(
                *("id", "municipality_id", "agency_id", "table", "version", "sha256"),
                *("signed_by", "title", "signed_on", "paper_reference"),
                *("recorded_by_id", "recorded_at"),
            ),
        ),
    ]
