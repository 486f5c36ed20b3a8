"""Guardians and signers stand under row-level security; what is new about a consent is noted, rotated and stays in its place."""

from django.db import migrations

from access.partition_sql import partition_table, rotatable
from audit.change_sql import note_what_is_there, watch_table

APPEND_ONLY = "SELECT, INSERT"
PLACE = ("id", "municipality_id", "agency_id")


def same_place(table: str, column: str, target: str) -> migrations.RunSQL:
    """What `partition_table` does for a reference, for one that came later."""
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_same_place"
        f" FOREIGN KEY (municipality_id, agency_id, {column})"
        f" REFERENCES {target} (municipality_id, agency_id, id) DEFERRABLE INITIALLY DEFERRED",
        migrations.RunSQL.noop,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0007_whole_dumps"),
        ("audit", "0005_notes_in_utf8"),
        ("cases", "0013_consent_parts"),
    ]

    operations = [
        partition_table("cases_guardian", references={"person_id": "cases_person"}),
        partition_table(
            "cases_consentsigner",
            grants=APPEND_ONLY,
            references={"consent_id": "cases_consent", "guardian_id": "cases_guardian"},
        ),
        same_place("cases_consent", "replaces_id", "cases_consent"),
        same_place("cases_consentevent", "signer_id", "cases_consentsigner"),
        same_place("cases_consentevent", "document_id", "cases_attachment"),
        watch_table(
            "cases_guardian",
            sealed=("name", "phone", "address"),
            plain=(*PLACE, "person_id", "custody", "starts_on", "ends_on", "form_id"),
        ),
        watch_table(
            "cases_consentsigner", plain=(*PLACE, "consent_id", "guardian_id", "must_sign")
        ),
        watch_table(
            "cases_consent",
            sealed=("signed_by", "not_shared", "contact", "interpreter"),
            plain=(
                *(*PLACE, "case_id", "language", "signed_on", "valid_from", "valid_to"),
                *("received_how", "rests_on_guardians", "replaces_id", "form_id"),
            ),
        ),
        watch_table(
            "cases_consentscope",
            plain=(
                *(*PLACE, "consent_id", "covers_agency", "covers_name", "covers_unit"),
                *("covers_unit_name", "kind", "may_share", "may_receive"),
            ),
        ),
        watch_table(
            "cases_consentevent",
            sealed=("note", "read_by"),
            plain=(
                *(*PLACE, "consent_id", "scope_id", "signer_id", "document_id", "kind", "basis"),
                *("at", "day", "channel", "recorded_by"),
            ),
        ),
        watch_table(
            "cases_case",
            plain=(
                *(*PLACE, "number", "person_id", "stage", "opened_at", "closed_at"),
                *("close_reason", "stopped_because", "version"),
            ),
        ),
        note_what_is_there(
            "cases_consent", "cases_consentscope", "cases_consentevent", "cases_case"
        ),
        rotatable("cases_guardian", "name", "phone", "address"),
        rotatable("cases_consentevent", "note", "read_by"),
        migrations.RunSQL(
            "GRANT SELECT (contact, interpreter), UPDATE (contact, interpreter)"
            " ON cases_consent TO sspf_rotator",
            migrations.RunSQL.noop,
        ),
    ]
