"""Whom a report of concern or a question from the police is about, where that person is known here: the bars reach them."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from audit.change_sql import note_what_is_there, watch_table

REPORT = ("child", "reporter", "reference")
REQUEST = ("about", "wanted", "purpose", "officer", "reason")


def _person() -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="cases.person",
    )


def _same_place(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_person_id_same_place"
        " FOREIGN KEY (municipality_id, agency_id, person_id)"
        " REFERENCES cases_person (municipality_id, agency_id, id) DEFERRABLE INITIALLY DEFERRED",
        migrations.RunSQL.noop,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0026_consent_paper_event"),
        ("audit", "0002_row_changes"),
    ]

    operations = [
        migrations.AddField(model_name="receivedreport", name="person", field=_person()),
        migrations.AddField(model_name="policerequest", name="person", field=_person()),
        _same_place("cases_receivedreport"),
        _same_place("cases_policerequest"),
        watch_table(
            "cases_receivedreport",
            sealed=REPORT,
            plain=(
                *("id", "municipality_id", "agency_id", "unit_id", "number", "received_at", "how"),
                *("responsible_id", "registered_at", "decide_by"),
                *("protection_assessed_at", "protection_assessed_by_id"),
                *("state", "decided_on", "decided_by_id", "version", "person_id"),
            ),
        ),
        watch_table(
            "cases_policerequest",
            sealed=REQUEST,
            plain=(
                *("id", "municipality_id", "agency_id", "unit_id", "asked_unit_name"),
                *("decider_role", "number", "received_at", "from_agency", "from_unit"),
                *("officer_membership", "receipt", "noted_by_id", "basis", "basis_version"),
                *("kinds", "answer_by", "state", "decided_at", "decided_by_id", "version"),
                "person_id",
            ),
        ),
        note_what_is_there("cases_receivedreport", "cases_policerequest"),
    ]
