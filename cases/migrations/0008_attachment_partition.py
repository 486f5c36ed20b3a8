"""Row-level security for attachments, references that stay inside their partition, and who notes and rotates them."""

from django.db import migrations

from access.partition_sql import partition_table, rotatable
from audit.change_sql import watch_table

MEMBERSHIP = "access_membership"


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0006_rotatable"),
        ("audit", "0002_row_changes"),
        ("cases", "0007_attachment"),
    ]

    operations = [
        partition_table(
            "cases_attachment",
            references={
                "case_id": "cases_case",
                "consent_id": "cases_consent",
                "uploaded_by_id": MEMBERSHIP,
                "removed_by_id": MEMBERSHIP,
            },
        ),
        # A chunk never changes; it is destroyed with its file.
        partition_table(
            "cases_attachmentchunk",
            grants="SELECT, INSERT, DELETE",
            references={"attachment_id": "cases_attachment"},
        ),
        watch_table(
            "cases_attachment",
            sealed=("name", "note", "file_key"),
            plain=(
                *("id", "municipality_id", "agency_id", "case_id", "consent_id", "kind"),
                *("media_type", "size", "pages", "uploaded_by_id", "uploaded_at"),
                *("removed_by_id", "removed_at", "removed_because"),
            ),
        ),
        watch_table(
            "cases_attachmentchunk",
            plain=("id", "municipality_id", "agency_id", "attachment_id", "number", "sealed"),
        ),
        # The chunks stay as they are: the file's own key does not change, only what it is sealed under.
        rotatable("cases_attachment", "name", "note", "file_key"),
    ]
