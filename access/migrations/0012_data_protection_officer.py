from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0011_signed_table"),
    ]

    operations = [
        migrations.AddField(
            model_name="municipality",
            name="data_protection_officer",
            field=models.CharField(blank=True, default="", max_length=160),
            preserve_default=False,
        ),
    ]
