"""The Celery application; its settings are Django's, with the prefix CELERY_."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sspf.settings")

app = Celery("sspf")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Web threads too must send to this application, not to an empty one Celery would make for them.
app.set_default()
