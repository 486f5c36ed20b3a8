"""Row-level security: every agency of the municipality reads it; what is approved or published is never changed."""

from django.db import migrations

from access.partition_sql import partition_table

PLEDGE = {"pledge_id": "safety_pledge"}
APPEND_ONLY = "SELECT, INSERT"
CHANGES = "SELECT, INSERT, UPDATE"
EVERYTHING = "SELECT, INSERT, UPDATE, DELETE"


class Migration(migrations.Migration):
    dependencies = [("safety", "0001_initial")]

    operations = [
        partition_table("safety_pledge", joint=True, grants=CHANGES),
        partition_table(
            "safety_promise",
            joint=True,
            grants=EVERYTHING,
            references=PLEDGE | {"recurs_from_id": "safety_promise"},
        ),
        partition_table("safety_focusarea", joint=True, grants=EVERYTHING, references=PLEDGE),
        partition_table("safety_unplacedline", joint=True, grants=EVERYTHING, references=PLEDGE),
        partition_table("safety_approval", joint=True, grants=APPEND_ONLY, references=PLEDGE),
        partition_table("safety_publication", joint=True, grants=APPEND_ONLY, references=PLEDGE),
        partition_table(
            "safety_activity",
            joint=True,
            grants=EVERYTHING,
            references=PLEDGE | {"promise_id": "safety_promise"},
        ),
        partition_table(
            "safety_followup",
            joint=True,
            grants=APPEND_ONLY,
            references={"activity_id": "safety_activity"},
        ),
        partition_table(
            "safety_intervention",
            joint=True,
            grants=CHANGES,
            references={"activity_id": "safety_activity"},
        ),
        partition_table(
            "safety_interventiontask",
            joint=True,
            grants=CHANGES,
            references={"intervention_id": "safety_intervention"},
        ),
        # The responsible person works in the agency that is to do the task.
        migrations.RunSQL(
            "ALTER TABLE safety_interventiontask ADD CONSTRAINT safety_task_responsible_same_agency"
            " FOREIGN KEY (municipality_id, agency_id, responsible_id)"
            " REFERENCES access_membership (municipality_id, agency_id, id)"
            " DEFERRABLE INITIALLY DEFERRED",
            migrations.RunSQL.noop,
        ),
    ]
