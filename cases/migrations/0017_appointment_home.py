"""The name of a home municipality is short."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0016_share_partition"),
    ]

    operations = [
        migrations.AlterField(
            model_name="appointment",
            name="home",
            field=models.CharField(max_length=60),
        ),
    ]
