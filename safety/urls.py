"""Pledges and joint interventions, and the public pages of published pledges."""

from __future__ import annotations

from django.urls import path

from safety.views import (
    activity,
    intervention,
    intervention_task,
    pledge,
    pledge_import,
    public,
)

urlpatterns = [
    path("medborgarlofte/<slug:code>/", public.pledge_public_list, name="pledge_public_list"),
    path("medborgarlofte/<slug:code>/<int:year>/", public.pledge_public, name="pledge_public"),
    path("medborgarloften/", pledge.pledge_list, name="pledge_list"),
    path("medborgarloften/importera/", pledge_import.pledge_import, name="pledge_import"),
    path("medborgarloften/<uuid:pk>/", pledge.pledge_detail, name="pledge_detail"),
    path("medborgarloften/<uuid:pk>/granska/", pledge.pledge_review, name="pledge_review"),
    path("medborgarloften/<uuid:pk>/godkann/", pledge.pledge_approve, name="pledge_approve"),
    path("medborgarloften/<uuid:pk>/publicera/", pledge.pledge_publish, name="pledge_publish"),
    path(
        "medborgarloften/<uuid:pk>/aktivitet/",
        activity.pledge_activity_new,
        name="pledge_activity_new",
    ),
    path("medborgarloften/aktivitet/<uuid:pk>/", activity.pledge_activity, name="pledge_activity"),
    path(
        "medborgarloften/aktivitet/<uuid:pk>/uppfoljning/",
        activity.pledge_follow_up,
        name="pledge_follow_up",
    ),
    path("insatser/", intervention.intervention_list, name="intervention_list"),
    path("insatser/ny/", intervention.intervention_new, name="intervention_new"),
    path("insatser/<uuid:pk>/", intervention.intervention_detail, name="intervention_detail"),
    path("insatser/<uuid:pk>/andra/", intervention.intervention_change, name="intervention_change"),
    path(
        "insatser/<uuid:pk>/uppgift/",
        intervention_task.intervention_task_new,
        name="intervention_task_new",
    ),
    path(
        "insatser/uppgift/<uuid:pk>/",
        intervention_task.intervention_task,
        name="intervention_task",
    ),
]
