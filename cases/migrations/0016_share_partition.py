"""Row-level security for decisions on standing sharing; the new columns of what is shared are noted and rotated like the others."""

from django.db import migrations

from access.partition_sql import partition_table, rotatable
from audit.change_sql import note_what_is_there, watch_table

MEMBERSHIP = "access_membership"
SUMMARY_TEXTS = ("about", "body", "born", "answers", "told_why")


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0009_guests_watched"),
        ("audit", "0002_row_changes"),
        ("cases", "0015_share"),
    ]

    operations = [
        partition_table("cases_standingdecision", references={"registered_by_id": MEMBERSHIP}),
        watch_table(
            "cases_standingdecision",
            # Not `kinds`: 0024 takes it away, and what has been watched may never go from a table.
            plain=(
                *("id", "municipality_id", "agency_id", "number", "decided_on", "until"),
                *("to_agency", "to_agency_name", "registered_by_id", "registered_at"),
                "ended_at",
            ),
        ),
        watch_table(
            "cases_summary",
            sealed=SUMMARY_TEXTS,
            plain=(
                *("id", "municipality_id", "agency_id", "case_id", "consent_id", "to_agency"),
                *("to_agency_name", "to_unit", "to_unit_name", "until", "state", "author_id"),
                *("approved_by_id", "written_at", "approved_at", "version", "unit_id", "number"),
                *("kind", "full_name", "basis", "basis_version", "approver", "channel"),
                *("standing", "told", "happened_on"),
            ),
        ),
        watch_table(
            "cases_disclosure",
            sealed=("about", "body"),
            plain=(
                *("id", "municipality_id", "agency_id", "case_id", "summary_id", "consent_id"),
                *("what", "to_agency", "to_agency_name", "to_unit_name", "to_names", "basis"),
                *("basis_version", "decided_by_id", "decided_at", "until", "release_id"),
                *("unit_id", "kind", "channel", "told", "happened_on"),
            ),
        ),
        watch_table(
            "cases_release",
            sealed=("about", "body"),
            plain=(
                *("id", "municipality_id", "agency_id", "from_agency_name", "released_by_name"),
                *("contact", "basis", "released_at", "until", "number", "basis_version", "kind"),
                *("full_name", "to_unit_id", "to_unit_name", "standing"),
            ),
        ),
        note_what_is_there("cases_summary", "cases_disclosure", "cases_release"),
        rotatable("cases_disclosure", "about", "body"),
        migrations.RunSQL(
            "GRANT SELECT (born, answers, told_why), UPDATE (born, answers, told_why)"
            " ON cases_summary TO sspf_rotator",
            migrations.RunSQL.noop,
        ),
    ]
