"""Row-level security for questions from the police, their receipts and answers, and who notes and rotates them."""

from django.db import migrations

from access.partition_sql import partition_table, rotatable
from audit.change_sql import watch_table

MEMBERSHIP = "access_membership"
REQUEST = ("about", "wanted", "purpose", "officer", "reason")


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_row_changes"),
        ("cases", "0022_police_request"),
    ]

    operations = [
        partition_table(
            "cases_requestreceipt",
            grants="SELECT, INSERT",
            references={"membership_id": MEMBERSHIP},
        ),
        partition_table(
            "cases_policerequest",
            references={"noted_by_id": MEMBERSHIP, "decided_by_id": MEMBERSHIP},
        ),
        partition_table(
            "cases_requestanswer",
            grants="SELECT, INSERT",
            references={"receipt_id": "cases_requestreceipt"},
        ),
        partition_table(
            "cases_requestdeputy",
            references={"membership_id": MEMBERSHIP, "named_by_id": MEMBERSHIP},
        ),
        watch_table(
            "cases_requestreceipt",
            plain=(
                *("id", "municipality_id", "agency_id", "membership_id", "number", "sent_at"),
                *("by_phone", "to_agency_name", "to_unit_name", "basis", "basis_version"),
                *("kinds", "answer_by"),
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
            ),
        ),
        watch_table(
            "cases_requestanswer",
            sealed=("reason",),
            plain=(
                *("id", "municipality_id", "agency_id", "receipt_id", "outcome"),
                *("answered_at", "answered_by_name"),
            ),
        ),
        watch_table(
            "cases_requestdeputy",
            plain=(
                *("id", "municipality_id", "agency_id", "unit_id", "membership_id"),
                *("starts_on", "ends_on", "named_by_id", "named_at", "ended_at"),
            ),
        ),
        rotatable("cases_policerequest", *REQUEST),
        rotatable("cases_requestanswer", "reason"),
    ]
