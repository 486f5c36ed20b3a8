"""Loaded once by the fork server: each process of a run then starts with Django ready, in milliseconds."""

import importlib

import django
from django.utils import timezone, translation

django.setup()
for module in ("reminders.engine", "sspf.celery", "tests.chaos.failpoints"):
    importlib.import_module(module)

from reminders.rules import rules  # noqa: E402 - only now that Django is ready
from reminders.texts import MAIL_BODY  # noqa: E402
from reminders.working_days import next_open  # noqa: E402

# What a process otherwise reads on its first tick: the holidays of all the world, the timers, the translations.
next_open(timezone.now())
rules()
with translation.override("sv"):
    str(MAIL_BODY)
