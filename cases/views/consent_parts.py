"""What the pages of a consent and the case page show of it: signers, ticks, what is missing and what comes next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from access import door
from access.actor import Actor
from access.policy import Action
from cases.forms.consent_answer import SAID_HOW
from cases.models import (
    Attachment,
    Case,
    Consent,
    ConsentEvent,
    ConsentScope,
    ConsentSigner,
    Guardian,
    Person,
)
from cases.models.case import ENDED_STAGES
from cases.rules.codes import places_of, words
from cases.rules.consent_answers import Answer, Missing
from cases.rules.consent_awaited import next_reminder
from cases.rules.consent_form import form_text
from cases.rules.consent_state import GRANTS, UNSIGNED, consent_state
from cases.services.consent_answer import exceptions_waiting, open_exceptions
from cases.services.consent_give import (
    answers_of,
    missing_of,
    no_longer_guardians,
    unsigned_guardians,
)
from cases.services.consent_start import NoBirthDate, who_signs
from cases.views.consent_timeline import in_order
from reminders.working_days import local_date

ANSWERS = {
    Answer.AWAITED: gettext_lazy("har inte svarat än"),
    Answer.UNREACHABLE: gettext_lazy("går inte att nå"),
    Answer.HEARD: gettext_lazy("har sagt sin mening och vill vara med"),
    Answer.DISSENTED: gettext_lazy("har sagt sin mening och vill inte"),
    Answer.REFUSED: gettext_lazy("har sagt nej"),
    Answer.EXCEPTED: gettext_lazy("behöver inte skriva under, enligt beslut"),
    Answer.SIGNED: gettext_lazy("har skrivit under"),
}
OPEN = frozenset({Answer.AWAITED, Answer.UNREACHABLE})
NO_LONGER = gettext_lazy("är inte vårdnadshavare längre och behöver inte skriva under")
AWAITED = ConsentEvent.Kind.AWAITED
SIGNED = ConsentEvent.Kind.SIGNED
NUMBERS = {2: gettext_lazy("två"), 3: gettext_lazy("tre")}
MISSING = {
    Missing.GUARDIAN: gettext_lazy("en vårdnadshavare är inte med på samtycket"),
    Missing.YOUTH_SIGNATURE: gettext_lazy("den unge har inte skrivit under"),
    Missing.YOUTH_VIEW: gettext_lazy("den unges egen mening är inte antecknad"),
    Missing.REASON_AFTER_NO: gettext_lazy(
        "den unge vill inte: skriv varför det är rätt att gå vidare ändå"
    ),
}


def may_begin(actor: Actor, case: Case) -> bool:
    """Whether this actor begins and answers for consents in the case: no button leads others there."""
    return door.may(actor, case, "consent", Action.CREATE)


def consent_page(actor: Actor, consent: Consent) -> dict[str, Any]:
    """Everything on the page of one consent, as much as this actor may read."""
    today = timezone.localdate()
    shown = door.reveal_one(actor, consent, door.Purpose.CASE_WORK)
    state = consent_state(consent, today)
    writes = (
        door.may(actor, consent, "consent", Action.WRITE) and consent.case.stage not in ENDED_STAGES
    )
    papers = _papers(actor, consent)
    signers = signer_rows(actor, consent, today, writes=writes and state in UNSIGNED)
    return {
        "consent": shown,
        "case": consent.case,
        "state": state,
        "unsigned": state in UNSIGNED,
        "grants": state in GRANTS,
        "writes": writes,
        "may_withdraw": door.may(actor, consent, "consent_end", Action.CREATE),
        "language": form_text(consent.language).name,
        "signers": signers,
        "ticks": tick_rows(consent.scopes.all(), _gone(consent)),
        "history": _history(actor, consent, papers, signers),
        "papers": papers,
        "awaited": _reminded_on(consent, today) if state in UNSIGNED else None,
        **progress(actor, consent, today),
    }


def consent_row(
    actor: Actor, shown: door.Revealed[Consent], today: date, *, youth_name: str
) -> dict[str, Any]:
    """One consent as the case page shows it."""
    consent = shown.row
    state = consent_state(consent, today)
    return {
        "shown": shown,
        "state": state,
        "unsigned": state in UNSIGNED,
        "signed_by": _signed_by(shown, youth_name, unsigned=state in UNSIGNED),
        "grants": state in GRANTS,
        "ticks": tick_rows(consent.scopes.all(), _gone(consent)),
        "awaited": _reminded_on(consent, today),
        **progress(actor, consent, today),
    }


def _signed_by(shown: door.Revealed[Consent], youth_name: str, *, unsigned: bool) -> list[str]:
    """Who is to sign, as it was written then; and the young person, where that was not written but is so."""
    written = str(shown.text.get("signed_by", "")).splitlines()
    signers = shown.row.signers.all()
    signed = {event.signer_id for event in shown.row.events.all() if event.kind == SIGNED}
    guardians = sum(1 for one in signers if one.guardian_id)
    youth = any(
        one.must_sign if unsigned else one.id in signed for one in signers if not one.guardian_id
    )
    if written and youth and len(written) <= guardians:
        return [*written, youth_name or _("den unge")]
    return written


def _reminded_on(consent: Consent, today: date) -> date | None:
    awaited = next((e.at for e in consent.events.all() if e.kind == AWAITED), None)
    return next_reminder(local_date(awaited), today=today) if awaited else None


def progress(actor: Actor, consent: Consent, today: date) -> dict[str, Any]:
    """What is missing before it is given, in words, and whether it can be given now."""
    if consent_state(consent, today) not in UNSIGNED:
        return {"missing": [], "complete": False}
    try:
        rule = who_signs(actor, consent.case, on=today).rule
    except NoBirthDate:
        return {"missing": [], "complete": False}
    left = missing_of(consent, rule, on=today)
    return {
        "missing": [
            _unsigned(unsigned_guardians(consent, on=today))
            if one is Missing.GUARDIAN_SIGNATURE
            else MISSING[one]
            for one in left
        ],
        "begin_anew": Missing.GUARDIAN in left,
        "complete": not left,
        "reason_needed": Missing.REASON_AFTER_NO in left,
    }


def _unsigned(guardians: int) -> str:
    """How many, and never who."""
    return ngettext(
        "en vårdnadshavare har inte skrivit under",
        "%(count)s vårdnadshavare har inte skrivit under",
        guardians,
    ) % {"count": NUMBERS.get(guardians, guardians)}


def signer_rows(
    actor: Actor, consent: Consent, today: date, *, writes: bool
) -> list[dict[str, Any]]:
    """Each signer by name, with the answer so far; only for those who may read the names."""
    names = _names(actor, consent)
    answers = answers_of(consent)
    over = no_longer_guardians(consent, on=today)
    waiting = {event.signer_id for event in exceptions_waiting(consent)}
    rule = None
    if writes:
        try:
            rule = who_signs(actor, consent.case, on=today).rule
        except NoBirthDate:
            rule = None
    rows = []
    for signer in consent.signers.all():
        answer = answers[signer.id]
        gone = signer.guardian_id in over
        left = writes and not gone and answer in OPEN
        rows.append(
            {
                "signer": signer,
                "youth": signer.guardian_id is None,
                "name": names.get(signer.guardian_id or consent.case.person_id, ""),
                "must_sign": signer.must_sign,
                "gone": gone,
                "answer": answer,
                "words": NO_LONGER if gone and answer in OPEN else ANSWERS[answer],
                "done": answer in {Answer.SIGNED, Answer.EXCEPTED, Answer.HEARD, Answer.DISSENTED},
                "may_answer": left,
                "exceptions": open_exceptions(consent, signer, rule, today)
                if left and rule is not None and signer.id not in waiting
                else [],
                "waits_for_decision": signer.id in waiting,
            }
        )
    return sorted(rows, key=lambda row: row["youth"])


def tick_rows(scopes: Iterable[ConsentScope], gone: set[Any]) -> list[dict[str, Any]]:
    """Unit by unit: what it may tell of and be told of; what was withdrawn stands apart."""
    units: dict[str, dict[str, Any]] = {}
    order = places_of("information_kind")
    for scope in sorted(scopes, key=lambda one: order.get(one.kind, -1)):
        unit = units.setdefault(
            scope.unit_name, {"name": scope.unit_name, "share": [], "receive": [], "gone": []}
        )
        kind = (
            words("information_kind", scope.kind) if scope.kind else _("det som står på papperet")
        )
        if scope.id in gone:
            unit["gone"].append(kind)
            continue
        if scope.may_share and scope.kind:
            unit["share"].append(kind)
        if scope.may_receive:
            unit["receive"].append(kind)
    return list(units.values())


def _gone(consent: Consent) -> set[Any]:
    return {
        event.scope_id
        for event in consent.events.all()
        if event.kind == ConsentEvent.Kind.WITHDRAWN and event.scope_id
    }


def _papers(actor: Actor, consent: Consent) -> list[door.Revealed[Attachment]]:
    """The signed papers that are kept with it, newest first."""
    rows = door.visible(actor, Attachment).filter(consent=consent)
    return door.reveal(actor, rows, door.Purpose.CASE_WORK, groups=("attachment",))


def _names(actor: Actor, consent: Consent) -> dict[Any, str]:
    guardians = [one.guardian_id for one in consent.signers.all() if one.guardian_id]
    rows = door.visible(actor, Guardian).filter(pk__in=guardians)
    names = {
        one.row.pk: one.text.get("name", "")
        for one in door.reveal(actor, rows, door.Purpose.CASE_WORK, groups=("guardian",))
    }
    person = door.visible(actor, Person).filter(pk=consent.case.person_id).first()
    if person is not None:
        names[person.pk] = door.reveal_one(actor, person, door.Purpose.CASE_WORK).text.get(
            "name", ""
        )
    return names


def _history(
    actor: Actor,
    consent: Consent,
    papers: Sequence[door.Revealed[Attachment]],
    signers: Sequence[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """What has happened, oldest first: who, and what was said, where it may be read; the paper where it is still kept."""
    kept = {paper.row.pk: paper for paper in papers}
    names = {row["signer"].pk: row["name"] for row in signers}
    rows = (
        door.visible(actor, ConsentEvent)
        .filter(consent=consent)
        .select_related("consent__case", "scope")
    )
    return [
        {
            "at": timezone.localtime(one.row.at),
            "what": one.row.get_kind_display(),
            "of": one.row.scope.unit_name if one.row.scope else names.get(one.row.signer_id, ""),
            "how": SAID_HOW.get(one.row.channel, ""),
            "day": one.row.day,
            "note": one.text.get("note", ""),
            "read_by": one.text.get("read_by", ""),
            "paper": kept.get(one.row.document_id) if one.row.document_id else None,
        }
        for one in sorted(
            door.reveal(actor, rows, door.Purpose.CASE_WORK), key=lambda one: in_order(one.row)
        )
    ]


def unsigned_of(consents: Iterable[door.Revealed[Consent]], today: date) -> Consent | None:
    """The one that is begun and not yet given, if there is one."""
    return next((one.row for one in consents if consent_state(one.row, today) in UNSIGNED), None)


def signer_of(consent: Consent, pk: Any) -> ConsentSigner:
    """A signer of a consent that came through the door. Raises NotHere."""
    signer = consent.signers.filter(pk=pk).first()
    if signer is None:
        raise door.NotHere
    return signer
