"""Whether this process can serve, and whether the evidence log is kept as it must; nothing of anybody's.

A log at fault never makes the web unhealthy: taking the web away would not mend the log, and events wait safely.
"""

from __future__ import annotations

from dataclasses import asdict

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from audit.check import health
from reminders import clock, queues


@login_not_required
@require_GET
def healthz(request: HttpRequest) -> JsonResponse:
    """For the load balancer: 503 only when the database does not answer."""
    try:
        found = health()
    except DatabaseError:
        return JsonResponse({"database": "unreachable"}, status=503)
    return JsonResponse({"database": "ok", **asdict(found)})


@login_not_required
@require_GET
def healthz_evidence(request: HttpRequest) -> JsonResponse:
    """For the one who watches: 503 when sequencer or courier is late, or a fault was found in a log."""
    try:
        found = health()
    except DatabaseError:
        return JsonResponse({"database": "unreachable"}, status=503)
    return JsonResponse(asdict(found), status=200 if found.ok else 503)


@login_not_required
@require_GET
def healthz_reminders(request: HttpRequest) -> JsonResponse:
    """For the one who watches: 503 when a queue, or the reconciler, has been silent for two minutes, or the clock jumped."""
    try:
        silent, jumped = queues.silent(timezone.now()), clock.halted()
    except DatabaseError:
        return JsonResponse({"database": "unreachable"}, status=503)
    return JsonResponse(
        {"silent": silent, "clock": jumped or "ok"}, status=503 if silent or jumped else 200
    )
