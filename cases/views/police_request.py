"""Questions from the police: the officer writes one and keeps a receipt; whoever is asked elsewhere passes it on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from access import door, routes
from access.actor import ActingRequest
from access.forms import bound
from access.models import Unit
from cases.forms.police_request import PassOnForm, QuestionForm
from cases.models import PoliceRequest, RequestAnswer, RequestReceipt, RequestState
from cases.rules.codes import words
from cases.rules.law import NoRule
from cases.rules.legal_basis import in_force
from cases.rules.request_routing import BASES
from cases.services import police_request as service
from cases.services.once import row_of
from cases.views.text_guard import stranger_passes

SHOWN = 100
# Those whom the police ask here.
ASKED = ("school", "leisure", "social_services", "coordination")


@require_http_methods(["GET", "POST"])
def police_request_new(request: ActingRequest) -> HttpResponse:
    actor = request.actor
    units = Unit.objects.going().filter(
        agency__municipality_id=actor.municipality_id, agency__kind__in=ASKED
    )
    form = bound(request, QuestionForm, units=_in_order(units))
    officer = f"{actor.name}, {actor.unit_name}"
    return _question_page(
        request, form, service.send, officer=officer, template="cases/police_request_new.html"
    )


@require_http_methods(["GET", "POST"])
def police_asked(request: ActingRequest) -> HttpResponse:
    """What the police asked me: not to be answered, but passed on to whoever may decide."""
    actor = request.actor
    units = Unit.objects.going().filter(agency_id=actor.agency_id)
    form = bound(request, PassOnForm, units=_in_order(units), initial={"unit": actor.unit_id})
    return _question_page(
        request, form, service.pass_on, officer="", template="cases/police_asked.html"
    )


def _in_order(units: Any) -> list[Unit]:
    return list(units.select_related("agency").order_by("agency__name", "name"))


def _question_page(
    request: ActingRequest,
    form: QuestionForm,
    deliver: Callable[..., RequestReceipt],
    *,
    officer: str,
    template: str,
) -> HttpResponse:
    exempt = None
    # The officer's own place of work is no secret.
    open_fields = ("officer",)
    if request.method == "POST" and form.is_valid() and stranger_passes(form, without=open_fields):
        try:
            receipt = deliver(
                actor=request.actor,
                question=_question(form, officer),
                row_id=row_of(request.actor, form.cleaned_data["token"]),
                now=timezone.now(),
            )
            return redirect("request_receipt", pk=receipt.pk)
        except service.Exempt as refused:
            exempt = refused.route
            form.add_error("basis", exempt.why)
        except service.NotThatKind as refused:
            form.add_error("kinds", " ".join(refused.verdict.why_not))
        except service.NobodyDecides:
            form.add_error(
                "unit",
                _(
                    "På den enheten finns ingen som kan besluta om frågan. Välj en annan, eller ring."
                ),
            )
        except NoRule:
            form.add_error("basis", _("Den grunden gäller inte den här mottagaren. Välj en annan."))
    context = {
        "form": form,
        "exempt": exempt,
        "instead": titles(exempt.instead if exempt else ()),
        "may_share": routes.may_enter(request.actor, "share_new"),
    }
    return render(request, template, context, status=422 if request.POST else 200)


def _question(form: QuestionForm, officer: str) -> service.Question:
    given = form.cleaned_data
    return service.Question(
        unit=form.known[given["unit"]],
        basis=given["basis"],
        kinds=tuple(given["kinds"]),
        answer_by=given["answer_by"],
        about=given["about"],
        wanted=given["wanted"],
        purpose=given["purpose"],
        officer=given.get("officer") or officer,
    )


def titles(codes: Sequence[str]) -> list[str]:
    """The bases that can be looked at instead, in plain words with their provision."""
    found = []
    for code in codes:
        try:
            basis = in_force(code, timezone.localdate())
        except NoRule:
            continue
        found.append(f"{basis.title} ({basis.provision})")
    return found


@require_GET
def police_requests(request: ActingRequest) -> HttpResponse:
    """What waits for my decision, what is decided, and what I have sent or passed on."""
    actor = request.actor
    mine = door.visible(actor, PoliceRequest)
    waiting = door.reveal(
        actor, mine.filter(state=RequestState.WAITING), door.Purpose.LIST, groups=()
    )
    decided = mine.exclude(state=RequestState.WAITING).order_by("-decided_at")[:SHOWN]
    receipts = door.visible(actor, RequestReceipt)[:SHOWN]
    answered = {
        one.row.receipt_id: one.row
        for one in door.reveal(
            actor, door.visible(actor, RequestAnswer), door.Purpose.LIST, groups=()
        )
    }
    context = {
        "waiting": waiting,
        "decided": door.reveal(actor, decided, door.Purpose.LIST, groups=()),
        "receipts": [
            {"receipt": one.row, "answer": answered.get(one.row.pk)}
            for one in door.reveal(actor, receipts, door.Purpose.LIST, groups=())
        ],
        "today": timezone.localdate(),
        "may_decide": routes.may_enter(actor, "request_deputies"),
        "may_ask": routes.may_enter(actor, "police_request_new"),
    }
    return render(request, "cases/police_requests.html", context)


@require_GET
def request_receipt(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor = request.actor
    receipt = door.reveal_one(actor, door.open_one(actor, RequestReceipt, pk), door.Purpose.RECEIPT)
    answers = door.reveal(
        actor,
        door.visible(actor, RequestAnswer).filter(receipt=receipt.row),
        door.Purpose.RECEIPT,
    )
    context = {
        "receipt": receipt.row,
        "kinds": kind_words(receipt.row.kinds),
        "basis": basis_words(receipt.row.basis),
        "answers": answers,
    }
    return render(request, "cases/request_receipt.html", context)


def kind_words(kinds: str) -> list[str]:
    return [words("information_kind", kind) for kind in kinds.split(",")]


def basis_words(code: str) -> str:
    return str(dict(BASES).get(code, code))
