"""Row-level security for named access, levels, conflicts and siblings; who notes and rotates them."""

from django.db import migrations

from access.partition_sql import partition_table, rotatable
from audit.change_sql import watch_table

MEMBERSHIP = "access_membership"
PERSON = "cases_person"
PLACE = ("id", "municipality_id", "agency_id")


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0006_rotatable"),
        ("audit", "0002_row_changes"),
        ("cases", "0011_hard_cases"),
    ]

    operations = [
        partition_table(
            "cases_namedaccess",
            references={
                "person_id": PERSON,
                "membership_id": MEMBERSHIP,
                "named_by_id": MEMBERSHIP,
            },
        ),
        partition_table(
            "cases_protectionchange",
            references={
                "person_id": PERSON,
                "set_by_id": MEMBERSHIP,
                "decided_by_id": MEMBERSHIP,
            },
        ),
        partition_table(
            "cases_conflict",
            references={
                "membership_id": MEMBERSHIP,
                "person_id": PERSON,
                "concern_id": "cases_concern",
                "registered_by_id": MEMBERSHIP,
                "ended_by_id": MEMBERSHIP,
            },
        ),
        partition_table(
            "cases_sibling",
            references={"one_id": PERSON, "other_id": PERSON, "linked_by_id": MEMBERSHIP},
        ),
        watch_table(
            "cases_namedaccess",
            sealed=("reason",),
            plain=(
                *PLACE,
                *("person_id", "membership_id", "starts_on", "ends_on", "ended_at"),
                *("named_by_id", "named_at"),
            ),
        ),
        watch_table(
            "cases_protectionchange",
            sealed=("reason",),
            plain=(
                *PLACE,
                *("person_id", "from_level", "to_level", "lowers", "state"),
                *("set_by_id", "set_by_user", "set_at"),
                *("decided_by_id", "decided_by_user", "decided_at"),
            ),
        ),
        watch_table(
            "cases_conflict",
            sealed=("reason",),
            plain=(
                *PLACE,
                *("about_user", "membership_id", "person_id", "concern_id", "kind"),
                *("registered_by_id", "registered_at", "ended_at", "ended_by_id"),
            ),
        ),
        watch_table(
            "cases_sibling",
            plain=(*PLACE, "one_id", "other_id", "linked_by_id", "linked_at", "ended_at"),
        ),
        rotatable("cases_namedaccess", "reason"),
        rotatable("cases_protectionchange", "reason"),
        rotatable("cases_conflict", "reason"),
    ]
