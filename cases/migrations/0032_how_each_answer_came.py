from django.db import migrations

from audit.change_sql import note_what_is_there, watch_table


class Migration(migrations.Migration):
    """How an answer was received stands with the answer; a consent of several has no one way."""

    dependencies = [("cases", "0031_guardian_correction_partition")]

    operations = [
        migrations.RemoveField(model_name="consent", name="received_how"),
        watch_table(
            "cases_consent",
            sealed=("signed_by", "not_shared", "contact", "interpreter"),
            plain=(
                *("id", "municipality_id", "agency_id", "case_id", "language", "signed_on"),
                *("valid_from", "valid_to", "rests_on_guardians", "replaces_id", "form_id"),
            ),
        ),
        note_what_is_there("cases_consent"),
    ]
