"""The session: lock and unlock, choose membership, sign out everywhere."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from access.actor import MEMBERSHIP_KEY, ActingRequest, signed_in
from access.forms import UnlockForm
from access.request_transaction import record
from access.role_ended import last_ended, mark_seen
from access.session_guard import HANDED, LOCKED, SEEN
from access.step_up import code_is_right, demo_needs_no_code


@require_POST
def lock(request: ActingRequest) -> HttpResponse:
    request.session[LOCKED] = True
    request.session.pop(HANDED, None)
    return redirect("unlock")


@require_http_methods(["GET", "POST"])
def unlock(request: HttpRequest) -> HttpResponse:
    demo = demo_needs_no_code(request)
    form = UnlockForm(request.POST or None)
    if demo:
        form.fields["code"].required = False
    if request.method == "POST" and form.is_valid():
        if demo or code_is_right(request, form.cleaned_data["code"]):
            request.session[LOCKED] = False
            request.session.pop(HANDED, None)
            request.session[SEEN] = timezone.now().isoformat()
            return HttpResponseRedirect(_next(request))
        form.add_error("code", _("Koden stämmer inte. Vänta på nästa kod i appen och försök igen."))
    context = {"form": form, "next": _next(request), "demo_unlock": demo}
    return render(request, "access/unlock.html", context, status=422 if form.errors else 200)


def _next(request: HttpRequest) -> str:
    asked = request.POST.get("next") or request.GET.get("next") or "/"
    if not url_has_allowed_host_and_scheme(asked, allowed_hosts=None):
        return "/"
    return asked


@require_POST
def switch_membership(request: ActingRequest, pk: UUID) -> HttpResponse:
    """Only to a membership of one's own that is in force today."""
    if pk not in {membership.id for membership in request.memberships}:
        raise Http404
    request.session[MEMBERSHIP_KEY] = str(pk)
    # What another tab still shows was written for the membership left: its forms are refused from now on.
    rotate_token(request)
    record("membership.switch", object_type="access.membership", object_id=pk)
    return redirect("today")


@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    user.session_generation += 1
    user.save(update_fields=["session_generation"])
    record("session.end_all", object_type="access.user", object_id=user.id)
    logout(request)
    return redirect("account_login")


@require_GET
def no_membership(request: HttpRequest) -> HttpResponse:
    """Which role ended, on which day, and whom to ask."""
    return render(request, "access/no_membership.html", {"ended": last_ended(request)})


@require_POST
def role_ended_seen(request: ActingRequest) -> HttpResponse:
    mark_seen(request)
    return redirect("today")
