"""What the courier has to say: a witness's refusal, and when it last made its round (NULL without witnesses)."""

from django.db import migrations

SQL = """
ALTER TABLE audit.sequencer_status ADD COLUMN witness_fault text NOT NULL DEFAULT '',
                                   ADD COLUMN witness_beat_at timestamptz;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(SQL)]
