from django.db import migrations, models


class Migration(migrations.Migration):
    """How an answer was received stands with the answer; a consent of several has no one way."""

    dependencies = [("cases", "0031_guardian_correction_partition")]

    operations = [
        migrations.AlterField(
            model_name="consent",
            name="received_how",
            field=models.CharField(default="", editable=False, max_length=20),
        )
    ]
