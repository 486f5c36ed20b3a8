from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("reminders", "0007_operations_functions"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="reminder",
            name="bundle",
        ),
    ]
