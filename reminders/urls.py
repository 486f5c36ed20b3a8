from django.conf import settings
from django.urls import path

from reminders.views import demo_mailbox, inbox, operations, today

urlpatterns = [
    path("", today.today, name="today"),
    path("inkorg/", inbox.inbox, name="inbox"),
    path("inkorg/<uuid:pk>/sett/", inbox.inbox_done, name="inbox_done"),
    path("drift/paminnelser/", operations.operations_page, name="operations"),
    path(
        "drift/paminnelser/klockan/",
        operations.operations_trust_clock,
        name="operations_trust_clock",
    ),
    path("drift/paminnelser/<uuid:pk>/igen/", operations.operations_retry, name="operations_retry"),
    path("forsenat/", today.late_follow_ups, name="late_follow_ups"),
]

if settings.DEMO:
    urlpatterns += [path("demo/brevlada/", demo_mailbox.demo_mailbox, name="demo_mailbox")]
