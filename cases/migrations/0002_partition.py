"""Row-level security for every table of cases, and references that stay inside their partition."""

from django.db import migrations

from access.partition_sql import partition_table

MEMBERSHIP = "access_membership"
APPEND_ONLY = "SELECT, INSERT"


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0002_partition"),
        ("cases", "0001_initial"),
    ]

    operations = [
        partition_table("cases_person", references={"merged_into_id": "cases_person"}),
        partition_table("cases_personidentifier", references={"person_id": "cases_person"}),
        partition_table(
            "cases_matchtask",
            references={"newer_id": "cases_person", "known_id": "cases_person"},
        ),
        partition_table("cases_case", references={"person_id": "cases_person"}),
        partition_table(
            "cases_assignment",
            references={"case_id": "cases_case", "membership_id": MEMBERSHIP},
        ),
        partition_table(
            "cases_concerndraft",
            grants="SELECT, INSERT, DELETE, UPDATE",
            references={"membership_id": MEMBERSHIP},
        ),
        partition_table(
            "cases_concern",
            references={"case_id": "cases_case", "decided_by_id": MEMBERSHIP},
        ),
        partition_table(
            "cases_concernreceipt",
            grants=APPEND_ONLY,
            references={"membership_id": MEMBERSHIP},
        ),
        partition_table(
            "cases_reportmade", grants=APPEND_ONLY, references={"membership_id": MEMBERSHIP}
        ),
        partition_table("cases_consent", grants=APPEND_ONLY, references={"case_id": "cases_case"}),
        partition_table(
            "cases_consentscope", grants=APPEND_ONLY, references={"consent_id": "cases_consent"}
        ),
        partition_table(
            "cases_consentevent",
            grants=APPEND_ONLY,
            references={"consent_id": "cases_consent", "scope_id": "cases_consentscope"},
        ),
        partition_table(
            "cases_summary",
            references={
                "case_id": "cases_case",
                "consent_id": "cases_consent",
                "author_id": MEMBERSHIP,
                "approved_by_id": MEMBERSHIP,
            },
        ),
        partition_table(
            "cases_summaryreader", grants=APPEND_ONLY, references={"summary_id": "cases_summary"}
        ),
        partition_table(
            "cases_disclosure",
            grants=APPEND_ONLY,
            references={
                "case_id": "cases_case",
                "summary_id": "cases_summary",
                "consent_id": "cases_consent",
                "decided_by_id": MEMBERSHIP,
            },
        ),
        partition_table(
            "cases_disclosureend",
            grants=APPEND_ONLY,
            references={"disclosure_id": "cases_disclosure"},
        ),
        partition_table("cases_release", grants=APPEND_ONLY),
        partition_table(
            "cases_releasereader",
            grants=APPEND_ONLY,
            references={"release_id": "cases_release", "membership_id": MEMBERSHIP},
        ),
        partition_table(
            "cases_releaseend", grants=APPEND_ONLY, references={"release_id": "cases_release"}
        ),
    ]
