from django.conf import settings
from django.urls import path

from reminders.views import absence, calendar, demo_mailbox, inbox, operations, today
from reminders.views import settings as settings_page

urlpatterns = [
    path("", today.today, name="today"),
    path("inkorg/", inbox.inbox, name="inbox"),
    path("inkorg/<uuid:pk>/sett/", inbox.inbox_done, name="inbox_done"),
    path("drift/paminnelser/", operations.operations_page, name="operations"),
    path("drift/paminnelser/<uuid:pk>/igen/", operations.operations_retry, name="operations_retry"),
    path("inkorg/<uuid:pk>/klart/", inbox.inbox_finish, name="inbox_finish"),
    path("inkorg/<uuid:pk>/last/", inbox.inbox_read, name="inbox_read"),
    path("inkorg/<uuid:pk>/senare/", inbox.inbox_snooze, name="inbox_snooze"),
    path("datum/<uuid:pk>/", inbox.deadline_open, name="deadline_open"),
    path("paminnelser/", settings_page.reminder_settings, name="reminder_settings"),
    path("paminnelser/kalender/", settings_page.calendar_give, name="calendar_give"),
    path("paminnelser/kalender/stang/", settings_page.calendar_revoke, name="calendar_revoke"),
    path("paminnelser/borta/<uuid:pk>/slut/", absence.absence_end, name="absence_end"),
    path("kalender/<str:secret>.ics", calendar.calendar_feed, name="calendar_feed"),
    path("borta/", absence.away_list, name="away_list"),
    path("forsenat/", today.late_follow_ups, name="late_follow_ups"),
]

if settings.DEMO:
    urlpatterns += [path("demo/brevlada/", demo_mailbox.demo_mailbox, name="demo_mailbox")]
