"""A decision on standing sharing is a row for each kind of information; a decision of several kinds was never registered."""

from django.db import migrations, models

from audit.change_sql import watch_table


class Migration(migrations.Migration):
    dependencies = [("cases", "0023_police_request_partition")]

    operations = [
        migrations.RemoveField(model_name="standingdecision", name="kinds"),
        migrations.AddField(
            model_name="standingdecision",
            name="kind",
            field=models.CharField(default="social", max_length=20),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="standingdecision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("municipality", "agency", "number", "to_agency", "kind"),
                name="standing_once",
            ),
        ),
        watch_table(
            "cases_standingdecision",
            plain=(
                *("id", "municipality_id", "agency_id", "number", "decided_on", "until"),
                *("to_agency", "to_agency_name", "kind", "registered_by_id", "registered_at"),
                "ended_at",
            ),
        ),
    ]
