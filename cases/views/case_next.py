"""The case's next step in words: from what was revealed to the rule's facts, from its answer to one link."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from access import door
from access.actor import Actor
from access.door import Revealed
from access.policy import Action
from cases.models import (
    Case,
    Consent,
    Conversation,
    ConversationState,
    FollowUp,
    Reply,
    Summary,
    SummaryState,
)
from cases.rules.consent_state import GRANTS, consent_state
from cases.rules.next_step import Facts, Step, next_step, talk_of
from cases.services.case_stop import stage_on
from cases.views.consent_parts import may_begin, unsigned_of


def next_notice(
    actor: Actor,
    case: Case,
    *,
    consents: Sequence[Revealed[Consent]],
    summaries: Sequence[Revealed[Summary]],
    conversations: Sequence[Revealed[Conversation]],
    planned: FollowUp | None,
    works_here: bool,
    today: date,
) -> dict[str, Any] | None:
    """The fields of components/notice.html, or None where nothing is to be done.

    Who doesn't work on the case (the unit's manager) is asked only for what is theirs: an approval.
    """
    talk = max((c.row for c in conversations), key=lambda row: row.created_at, default=None)
    waiting = next((s.row for s in summaries if s.row.state == SummaryState.DRAFT), None)
    returned = next((s.row for s in summaries if s.row.state == SummaryState.RETURNED), None)
    may_approve = (
        waiting is not None
        and waiting.author_id != actor.membership_id
        and door.may(actor, waiting, "summary", Action.DECIDE)
    )
    step = next_step(
        Facts(
            stage=stage_on(case, today),
            consented=any(is_live(consent.row, today) for consent in consents),
            talk=talk_of(
                held=any(c.row.state != ConversationState.INVITED for c in conversations),
                invited=talk is not None and talk.state == ConversationState.INVITED,
                answered=talk is not None and talk.reply == Reply.ACCEPTED,
                planned=timezone.localtime(talk.planned_for).date()
                if talk and talk.planned_for
                else None,
                today=today,
            ),
            follow_up_on=planned.due_on if planned else None,
            approval=may_approve if waiting else None,
            returned=returned is not None and returned.author_id == actor.membership_id,
            today=today,
        )
    )
    if not works_here:
        step = Step.APPROVE_SUMMARY if may_approve else Step.NONE
    return _in_words(
        step,
        case=case,
        talk=talk,
        summary=waiting or returned,
        planned=planned,
        begun=unsigned_of(consents, today),
        may_consent=may_begin(actor, case),
        today=today,
    )


def is_live(consent: Consent, today: date) -> bool:
    """Given, in its time, and with something left that has not been withdrawn."""
    return consent.valid_from <= today and consent_state(consent, today) in GRANTS


def _in_words(
    step: Step,
    *,
    case: Case,
    talk: Conversation | None,
    summary: Summary | None,
    planned: FollowUp | None,
    begun: Consent | None,
    may_consent: bool,
    today: date,
) -> dict[str, Any] | None:
    if step is Step.NONE:
        return None
    route, row, title, text, label, tone = {
        **_words_about_dates(planned, today),
        **_words_about_talk(case, talk),
        **_words_about_consent_and_summary(case, summary),
        **_words_about_a_begun_consent(begun),
        **({} if may_consent else _words_about_the_coordinators_consent()),
    }[step]
    url = reverse(route, args=[row.pk]) if row is not None else ""
    return {"title": title, "text": text, "url": url, "label": label, "tone": tone}


Words = dict[Step, tuple[str, Any, str, str, str, str]]


def _words_about_dates(planned: FollowUp | None, today: date) -> Words:
    if planned is None:
        return {}
    day = date_format(planned.due_on, "l j F")
    owner = _("%(name)s ansvarar.") % {"name": planned.responsible.user.name}
    late = (today - planned.due_on).days
    how_late = _("Den skulle ha gjorts %(day)s, för %(days)s dagar sedan.") % {
        "day": day,
        "days": late,
    }
    verb = _("Följ upp")
    return {
        Step.FOLLOW_UP_LATE: (
            "follow_up", planned, _("Uppföljningen är försenad"), f"{how_late} {owner}", verb, "late",
        ),
        Step.FOLLOW_UP_TODAY: (
            "follow_up", planned, _("Följ upp i dag"), owner, verb, "note",
        ),
        Step.FOLLOW_UP_AHEAD: (
            "follow_up", planned, _("Nästa: uppföljning %(day)s") % {"day": day}, owner,
            _("Öppna uppföljningen"), "note",
        ),
    }  # fmt: skip


def _words_about_talk(case: Case, talk: Conversation | None) -> Words:
    invite: Words = {
        Step.INVITE: (
            "conversation_new", case, _("Nästa: bjud in till orossamtal"),
            _("Samtycke finns. Träffa den unge och vårdnadshavarna och kom överens om vägen vidare."),
            _("Bjud in"), "note",
        )
    }  # fmt: skip
    if talk is None:
        return invite
    when = (
        date_format(timezone.localtime(talk.planned_for), "l j F \\k\\l. H.i")
        if talk.planned_for
        else _("ingen tid är bestämd än")
    )
    return invite | {
        Step.WRITE_NOTES: (
            "conversation_notes", talk, _("Nästa: skriv vad ni kom fram till i orossamtalet"),
            _("Samtalet skulle hållas %(when)s. Blev det inte av? Notera det på samtalets sida.") % {"when": when},
            _("Anteckna"), "note",
        ),
        Step.NOTE_REPLY: (
            "conversation_detail", talk, _("Nästa: notera svaret på inbjudan"),
            _("Ni bjöd in %(day)s. Föreslagen tid: %(when)s.")
            % {"day": date_format(talk.invited_on, "j F"), "when": when},
            _("Notera svaret"), "wait",
        ),
        Step.WAIT_FOR_CONVERSATION: (
            "conversation_notes", talk, _("Nästa: orossamtal, %(when)s") % {"when": when},
            _("De har tackat ja. Du kan förbereda samtalet redan nu."), _("Förbered och anteckna"), "note",
        ),
    }  # fmt: skip


def _words_about_consent_and_summary(case: Case, summary: Summary | None) -> Words:
    to = summary.to_agency_name if summary else ""
    return {
        Step.STOPPED: (
            "consent_new", case, _("Ärendet är stoppat: inget samtycke gäller"),
            _("Inget får delas och inget nytt skrivas. Registrera ett nytt samtycke, eller avsluta ärendet i uppföljningen."),
            _("Registrera samtycke"), "wait",
        ),
        Step.REGISTER_CONSENT: (
            "consent_new", case, _("Nästa: samtycke"),
            _("Berätta vad SSPF är, att det är frivilligt och vad som delas. Utan underskrift delas ingenting."),
            _("Registrera samtycke"), "note",
        ),
        Step.APPROVE_SUMMARY: (
            "summary_detail", summary, _("Nästa: granska sammanfattningen till %(name)s") % {"name": to},
            _("En kollega har skrivit den. Inget lämnas ut förrän du har godkänt."), _("Granska"), "note",
        ),
        Step.CHANGE_SUMMARY: (
            "summary_detail", summary, _("Nästa: ändra sammanfattningen till %(name)s") % {"name": to},
            _("Den kom tillbaka för ändring. Inget har lämnats ut."), _("Ändra"), "note",
        ),
        Step.WAIT_FOR_APPROVAL: (
            "summary_detail", summary, _("Sammanfattningen till %(name)s väntar på en kollega") % {"name": to},
            _("Någon annan än du ska godkänna den. Inget har lämnats ut än."), _("Se sammanfattningen"), "wait",
        ),
    }  # fmt: skip


def _words_about_a_begun_consent(begun: Consent | None) -> Words:
    if begun is None:
        return {}
    signatures = (
        "consent_detail", begun, _("Nästa: underskrifter på samtycket"),
        _("Samtycket gäller först när alla som ska har skrivit under. Tills dess delas ingenting."),
        _("Se vad som saknas"), "wait",
    )  # fmt: skip
    return {Step.REGISTER_CONSENT: signatures, Step.STOPPED: signatures}


def _words_about_the_coordinators_consent() -> Words:
    return {
        Step.STOPPED: (
            "case_detail", None, _("Ärendet är stoppat: inget samtycke gäller"),
            _("Inget får delas och inget nytt skrivas. Koordinatorn registrerar ett nytt samtycke."), "", "wait",
        ),
        Step.REGISTER_CONSENT: (
            "case_detail", None, _("Nästa: samtycke"),
            _("Koordinatorn registrerar samtycket. Utan underskrift delas ingenting."), "", "wait",
        ),
    }  # fmt: skip
