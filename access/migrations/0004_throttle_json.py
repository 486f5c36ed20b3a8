"""The throttle's values are JSON text; what was pickled there is forgotten."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("access", "0003_log_review")]

    operations = [
        migrations.RunSQL(
            "DELETE FROM access_throttle;"
            "ALTER TABLE access_throttle"
            " ADD CONSTRAINT access_throttle_is_json CHECK (value::json IS NOT NULL)",
            "ALTER TABLE access_throttle DROP CONSTRAINT access_throttle_is_json",
        ),
    ]
