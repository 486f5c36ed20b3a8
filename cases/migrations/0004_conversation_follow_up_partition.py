"""Row-level security for conversations and follow-ups, and references that stay inside their partition."""

from django.db import migrations

from access.partition_sql import partition_table

MEMBERSHIP = "access_membership"
APPEND_ONLY = "SELECT, INSERT"


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0002_partition"),
        ("cases", "0003_conversation_follow_up"),
    ]

    operations = [
        partition_table(
            "cases_conversation",
            references={
                "case_id": "cases_case",
                "author_id": MEMBERSHIP,
                "saved_by_id": MEMBERSHIP,
            },
        ),
        partition_table(
            "cases_conversationaddition",
            grants=APPEND_ONLY,
            references={"conversation_id": "cases_conversation", "author_id": MEMBERSHIP},
        ),
        partition_table(
            "cases_conversationdraft",
            grants="SELECT, INSERT, DELETE, UPDATE",
            references={"conversation_id": "cases_conversation", "membership_id": MEMBERSHIP},
        ),
        partition_table(
            "cases_followup",
            references={
                "case_id": "cases_case",
                "responsible_id": MEMBERSHIP,
                "held_by_id": MEMBERSHIP,
            },
        ),
    ]
