"""All routes. Who may enter each is in `access/routes.toml`; demo routes exist only in the demo."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from sspf.health import healthz, healthz_evidence, healthz_reminders

handler500 = "access.views.refused.failed"

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("healthz/reminders", healthz_reminders, name="healthz_reminders"),
    path("healthz/evidence", healthz_evidence, name="healthz_evidence"),
    path("sprak/", login_not_required(set_language), name="set_language"),
    path("", include("access.urls")),
    path("", include("reminders.urls")),
    path("", include("cases.urls")),
    path("", include("safety.urls")),
]
if settings.DEMO:
    urlpatterns += [path("demo/", include("sspf.demo_urls"))]
