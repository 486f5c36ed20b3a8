from django.conf import settings
from django.urls import path

from reminders.views import demo_mailbox, inbox, today

urlpatterns = [
    path("", today.today, name="today"),
    path("inkorg/", inbox.inbox, name="inbox"),
    path("inkorg/<uuid:pk>/sett/", inbox.inbox_done, name="inbox_done"),
    path("forsenat/", today.late_follow_ups, name="late_follow_ups"),
]

if settings.DEMO:
    urlpatterns += [path("demo/brevlada/", demo_mailbox.demo_mailbox, name="demo_mailbox")]
