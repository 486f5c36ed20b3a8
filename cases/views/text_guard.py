"""What stops a text before it is saved: an address of somebody protected, and a sibling's name in the other's case."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

from access.actor import Actor
from cases.models import Case
from cases.rules.codes import choices
from cases.services.protection import Stop, in_texts, stops
from cases.services.sibling import Mention, mentions, note_mention

WHY = "sibling_reason"
STAYS = "address_stays"


def text_passes(
    actor: Actor, form: forms.Form, case: Case | None, *, more: Mapping[str, str] | None = None
) -> bool:
    """For a valid form, of a case if there is one: marks each field that must be changed, at the field; what was typed stays.

    more: texts that are no field's cleaned value, e.g. an uploaded file's name, by the field they belong to.
    """
    if case is None:
        return True
    texts = texts_of(form) | dict(more or {})
    for stop in stops(case, texts):
        form.add_error(stop.field, words_of(stop))
    if form.errors:
        return False
    found = mentions(actor, case, texts)
    return not found or _may_go_on(form, case, found)


def stranger_passes(form: forms.Form, *, without: Collection[str] = ()) -> bool:
    """For a valid form about somebody whom nobody looks up here: an address stands only if the writer says that it may.

    without: fields that are there to hold one.
    """
    texts = {name: text for name, text in texts_of(form).items() if name not in without}
    found = in_texts(texts, on=timezone.localdate())
    if not found:
        return True
    form.fields[STAYS] = forms.BooleanField(
        label=_("Adressen behövs, och personen har inte skyddade personuppgifter"), required=False
    )
    if stays(form):
        return True
    for stop in found:
        form.add_error(
            stop.field,
            _(
                "Rad %(line)s ser ut som en adress: ”%(words)s”. Ta bort den, eller kryssa för sist i "
                "formuläret att den får stå."
            )
            % {"line": stop.line, "words": stop.words},
        )
    return False


def stays(form: forms.Form) -> bool:
    """Whether the writer has said that what looks like an address may stand."""
    return bool(form.data.get(STAYS))


def texts_of(form: forms.Form) -> dict[str, str]:
    """Every text that was typed into the form."""
    return {
        name: form.cleaned_data[name]
        for name, field in form.fields.items()
        if isinstance(field, forms.CharField) and isinstance(form.cleaned_data.get(name), str)
    }


def words_of(stop: Stop) -> str:
    return _(
        "Rad %(line)s ser ut som en adress: ”%(words)s”. Personen har skyddade personuppgifter, "
        "så ingen adress får stå här. Ta bort den och spara igen."
    ) % {"line": stop.line, "words": stop.words}


def _may_go_on(form: forms.Form, case: Case, found: list[Mention]) -> bool:
    """The writer takes the name out, or says why it is needed; the choice is noted in the log."""
    today = timezone.localdate()
    why = forms.ChoiceField(
        label=_("Varför behöver syskonets namn stå här?"),
        choices=[("", _("Välj om namnet ska stå kvar")), *choices("sibling_mention", today)],
        required=False,
    )
    form.fields[WHY] = why
    chosen = form.data.get(WHY, "")
    if chosen and why.valid_value(chosen):
        note_mention(case, str(chosen))
        return True
    for mention in found:
        form.add_error(
            mention.field,
            _(
                "Rad %(line)s nämner %(name)s, som är syskon och har ett eget ärende. "
                "Ta bort namnet, eller välj nedan varför det behövs."
            )
            % {"line": mention.line, "name": mention.name},
        )
    return False
