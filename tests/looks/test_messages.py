"""The interface in English: every text has its words, and the files Django reads are those that were edited."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.utils import translation

from sspf import messages
from tests.cases import steps
from tests.cast import Cast

ENGLISH = messages.LANGUAGES

# Swedish words that an English sentence may hold: names of laws, of what has no English name, and of places.
SWEDISH_WORDS = {"orosanmälan", "medborgarlöfte"}

PLACEHOLDER = re.compile(r"%\([a-z_]+\)[a-z]|%[sd%]|\{[a-z_]*\}")
SWEDISH = re.compile(r"\w*[åäöÅÄÖ]\w*")

# Where code asks for a translation of a word it has looked up; `messages.TABLES` or another mark holds the word.
LOOKED_UP = {
    "cases/rules/request_routing.py",  # law/request_routing.toml
    "cases/forms/conversation.py",  # law/conversation_kind.toml
    "safety/views/pledge_parts.py",  # the figures' labels are marked where they are registered
    "access/not_now.py",  # policy.toml
    "access/policy_page_rows.py",  # policy.toml
    "access/policy_words.py",  # policy.toml
    "access/revealed.py",  # policy.toml
    "access/signed_tables/policy_sections.py",  # policy.toml
    "cases/rules/legal_basis.py",  # law/legal_basis.toml
    "cases/rules/legal_row.py",  # law/legal_basis.toml
    "cases/views/moving.py",  # law/moving.toml
    "cases/views/share_tell.py",  # law/recipient_care.toml
    "cases/rules/outside_receiver.py",  # law/outside_receiver.toml
    "access/accounts/views.py",  # rules.toml
    "reminders/inbox.py",  # rules.toml
    "access/log_review/events.py",  # odd.toml
    "access/log_review/sentences.py",  # policy.toml; the names of the system's parts are marked where they are given
    "cases/rules/codes.py",  # law/*.toml
    "safety/forms/pledge.py",  # pledge_text/reading.py marks its messages
    "safety/management/commands/import_pledge.py",  # the same
}


@pytest.fixture(autouse=True)
def _swedish_again() -> Iterator[None]:
    """A request leaves its language active in the thread that made it."""
    yield
    translation.deactivate()


@pytest.mark.parametrize("language", ENGLISH)
def test_every_text_of_the_interface_is_translated(language: str) -> None:
    kept = {messages.key(one): one for one in messages.read(language)}
    asked = [one for one in messages.extract() if one.id]
    assert len(asked) > 1000
    lacking = [one.id for one in asked if messages.key(one) not in kept]
    assert lacking == [], "run make messages and translate"
    assert [one.id for one in messages.missing(messages.read(language))] == []


@pytest.mark.parametrize("language", ENGLISH)
def test_no_translation_is_left_of_a_text_that_is_gone(language: str) -> None:
    asked = {messages.key(one) for one in messages.extract()}
    assert [one.id for one in messages.read(language) if messages.key(one) not in asked] == []
    assert list(messages.read(language).obsolete) == []


@pytest.mark.parametrize("language", ENGLISH)
def test_the_compiled_file_is_what_the_edited_one_compiles_to(language: str) -> None:
    compiled = messages.as_mo(messages.read(language))
    assert messages.mo_file(language).read_bytes() == compiled, "run make messages"


@pytest.mark.parametrize("language", ENGLISH)
def test_collecting_the_texts_again_changes_nothing(language: str) -> None:
    once = messages.as_po(messages.update(language, messages.read(language)))
    again = messages.as_po(messages.update(language, messages.from_po(language, once)))
    assert again == once
    assert b"Today" in once


@pytest.mark.parametrize("language", ENGLISH)
def test_placeholders_and_outer_spaces_are_those_of_the_source(language: str) -> None:
    wrong = [
        (source, words)
        for source, words in messages.pairs(messages.read(language))
        if sorted(PLACEHOLDER.findall(source)) != sorted(PLACEHOLDER.findall(words))
        or _outer_space(source) != _outer_space(words)
    ]
    assert wrong == []


@pytest.mark.parametrize("language", ENGLISH)
def test_no_swedish_is_left_in_the_english(language: str) -> None:
    left = [
        (word, words)
        for _source, words in messages.pairs(messages.read(language))
        for word in SWEDISH.findall(words)
        if word not in SWEDISH_WORDS
    ]
    assert left == []


def test_every_text_looked_up_at_run_time_comes_from_a_table_that_is_collected() -> None:
    found = set()
    for room in messages.ROOMS:
        for path in (messages.ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Name)
                    and node.func.id in messages.KEYWORDS
                    and not isinstance(node.args[0], ast.Constant)
                ):
                    found.add(path.relative_to(messages.ROOT).as_posix())
    assert found == LOOKED_UP


def test_a_mail_is_swedish_whatever_language_is_active() -> None:
    from reminders.mail import compose
    from reminders.models import Reminder

    with translation.override("en"):
        mail = compose(Reminder(), address="amira.holmgren@demo.invalid")
    assert mail.subject == "Du har något att göra i SSPF"
    assert mail.body.startswith("Du har något att göra i SSPF. Logga in för att se vad.")


@pytest.mark.parametrize(
    ("language", "words"),
    [("sv", "lördag 21 november kl. 10.42"), ("en", "Saturday 21 November at 10.42")],
)
def test_a_day_and_a_time_read_as_one_says_them(language: str, words: str) -> None:
    from access.log_review.sentences import moment

    at = datetime(2026, 11, 21, 10, 42, tzinfo=ZoneInfo("Europe/Stockholm"))
    with translation.override(language):
        assert moment(at) == words


def test_a_browser_that_asks_for_english_gets_it_until_somebody_chooses(cast: Cast) -> None:
    client = cast.client("larare")
    english = {"Accept-Language": "en-GB,en;q=0.9"}
    assert b'<html lang="sv"' in client.get("/").content
    page = client.get("/", headers=english).content.decode()
    assert '<html lang="en"' in page
    assert "Are you worried about somebody?" in page
    client.post("/sprak/", {"language": "sv"}, headers=english)
    assert b'<html lang="sv"' in client.get("/", headers=english).content


def test_what_is_kept_is_swedish_and_shown_in_the_readers_language(cast: Cast) -> None:
    sender, reader = cast.client("larare"), cast.client("koordinator")
    sender.post("/sprak/", {"language": "en"})
    steps.tell(sender)
    concern = steps.first_link(reader, "/inkommet/", "/inkommet/")
    swedish = reader.get(concern).content.decode()
    assert "Ja, de vet" in swedish
    assert ", lärare, Björkskolan" in swedish
    reader.post("/sprak/", {"language": "en"})
    assert "Yes, they know" in reader.get(concern).content.decode()


def test_a_role_inside_a_sentence_begins_small_unless_it_is_an_abbreviation() -> None:
    from access.models import Role
    from access.models.membership import in_sentence

    assert in_sentence(str(Role.SOCIAL_WORKER.label)) == "socialsekreterare"
    assert in_sentence(str(Role.COORDINATOR.label)) == "SSPF-koordinator"


def test_every_required_field_says_in_its_own_words_what_is_missing() -> None:
    import cases.forms
    import safety.forms

    for name in ("access.forms", "access.log_review.forms"):
        importlib.import_module(name)
    for package in (cases.forms, safety.forms):
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{package.__name__}.{module.name}")
    general = str(forms.Field.default_error_messages["required"])
    ours = [one for one in _below(forms.Form) if one.__module__.split(".")[0] in messages.ROOMS]
    assert len(ours) > 20
    silent = [
        f"{form.__module__}.{form.__name__}.{name}"
        for form in ours
        for name, field in form.base_fields.items()
        if field.required
        and not field.widget.is_hidden
        and str(field.error_messages["required"]) == general
        and field.initial is None
    ]
    assert silent == []


def _below(of: type[forms.Form]) -> Iterator[type[forms.Form]]:
    for one in of.__subclasses__():
        yield one
        yield from _below(one)


def _outer_space(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
