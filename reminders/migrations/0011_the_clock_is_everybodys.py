"""The clock's halt holds for all municipalities, so no municipality's administrator lifts it: `manage.py trust_clock` does."""

from django.db import migrations

UNTRUST = """
DROP FUNCTION reminders_trust_clock();
DROP POLICY owner_forgets ON reminders_clock;
"""


class Migration(migrations.Migration):
    dependencies = [("reminders", "0010_reconciler_in_parts")]

    operations = [migrations.RunSQL(UNTRUST, migrations.RunSQL.noop)]
