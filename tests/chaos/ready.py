"""Loaded once by the fork server: each process of a run then starts with Django ready, in milliseconds."""

import signal

import django
from django.utils import timezone, translation

from sspf.processes import end_with_parent

# Its own children keep open the pipe whose end would tell it that the run is over.
end_with_parent(signal.SIGKILL)
django.setup()

import reminders.engine  # noqa: E402, F401 - only now that Django is ready, and to have it loaded
import sspf.celery  # noqa: E402, F401 - the same
import tests.chaos.failpoints  # noqa: E402, F401 - the same
from reminders.rules import rules  # noqa: E402 - only now that Django is ready
from reminders.texts import MAIL_BODY  # noqa: E402 - as above
from reminders.working_days import next_open  # noqa: E402 - as above

# What a process otherwise reads on its first tick: the holidays of all the world, the timers, the translations.
next_open(timezone.now())
rules()
with translation.override("sv"):
    str(MAIL_BODY)
