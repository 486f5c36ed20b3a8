"""The interface's words in other languages: found in code, templates and tables, kept in locale/*/django.po.

Swedish is the source text itself. No GNU gettext is needed: Django turns templates into something that looks like
Python, and Babel reads Python and writes both files. Nothing is guessed: an entry is equal or it is new.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("en",)
ROOMS = ("access", "audit", "cases", "crypto", "reminders", "safety", "sspf")

# How the words are marked, and which arguments hold them ("c" is the context).
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}

# Words that code looks up in a table at run time: the file, and the way to the words ("*" is every key or row).
TABLES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("access/policy.toml", ("relations", "*")),
    ("access/policy.toml", ("groups", "*")),
    ("access/log_review/odd.toml", ("rule", "*", "why")),
    ("cases/law/close_reason.toml", ("rule", "*", "label")),
    ("cases/law/conversation_kind.toml", ("rule", "*", "label")),
    ("cases/law/conversation_kind.toml", ("rule", "*", "hint")),
    ("cases/law/conversation_outcome.toml", ("rule", "*", "label")),
)

# A fixed date, so that the same words give the same bytes.
DATE = datetime(2026, 1, 1, tzinfo=UTC)

Key = tuple[str, str]
Words = str | tuple[str, str]


def po_file(language: str) -> Path:
    """Where a language's words are kept, to be edited by hand."""
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def mo_file(language: str) -> Path:
    """The same, as Django reads it."""
    return po_file(language).with_suffix(".mo")


def extract() -> Catalog:
    """Every text that the interface can ask a translation for, in the order of the files."""
    found = Catalog(fuzzy=False)
    for path in _files():
        name = path.relative_to(ROOT).as_posix()
        for words, context in _read(path):
            found.add(words, locations=[(name, 1)], context=context or None)
    for name, way in TABLES:
        table = tomllib.loads((ROOT / name).read_text(encoding="utf-8"))
        for text in _down(table, way):
            found.add(text, locations=[(name, 1)])
    return found


def update(language: str) -> Catalog:
    """The language's words for everything that is asked for now; what is new has none yet, what is unused is gone."""
    old = read(language)
    new = Catalog(
        locale=language,
        project="SSPF",
        version="1",
        msgid_bugs_address="-",
        last_translator="-",
        language_team="-",
        creation_date=DATE,
        revision_date=DATE,
        fuzzy=False,
    )
    new.header_comment = "# Edited by hand; `make messages` adds what is new and compiles.\n#"
    for message in sorted(_texts(extract()), key=lambda one: (one.locations[0][0])):
        before = old.get(message.id, message.context or None)
        new.add(
            message.id,
            before.string if before and not before.fuzzy else "",
            locations=[(name, 1) for name in sorted({name for name, _line in message.locations})],
            context=message.context or None,
        )
    return new


def read(language: str) -> Catalog:
    """The words as they are kept."""
    path = po_file(language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def as_po(catalog: Catalog) -> bytes:
    """One text on one line, and no line numbers, so that a difference shows what has changed."""
    buffer = BytesIO()
    write_po(buffer, catalog, width=0, include_lineno=False, ignore_obsolete=True)
    return buffer.getvalue()


def as_mo(catalog: Catalog) -> bytes:
    """What the .po compiles to."""
    catalog.creation_date = catalog.revision_date = DATE
    buffer = BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def missing(catalog: Catalog) -> list[Message]:
    """Texts without words of the language, or with words that somebody has marked as unsure."""
    return [one for one in _texts(catalog) if one.fuzzy or not all(_forms(one.string))]


def write(language: str) -> list[Message]:
    """Bring both files up to date; return what still lacks words."""
    catalog = update(language)
    po_file(language).parent.mkdir(parents=True, exist_ok=True)
    for path, content in (
        (po_file(language), as_po(catalog)),
        (mo_file(language), as_mo(catalog)),
    ):
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)
    return missing(catalog)


def key(message: Message) -> Key:
    """What tells two texts apart."""
    return message.context or "", _forms(message.id)[0]


def pairs(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Each source text beside its words: both forms, where a number decides."""
    for message in _texts(catalog):
        yield from zip(_forms(message.id), _forms(message.string), strict=True)


def _texts(catalog: Catalog) -> list[Message]:
    return [message for message in catalog if message.id]


def _forms(words: Words | Iterable[str]) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words)


def _files() -> Iterator[Path]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path
    yield from sorted((ROOT / "templates").rglob("*.html"))
    yield from sorted((ROOT / "templates").rglob("*.txt"))


def _read(path: Path) -> Iterator[tuple[Words, str]]:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # What surrounds the calls is no Python; without indents Babel does not mind.
        lines = templatize(text, origin=path.name).splitlines()
        text = "\n".join(line.lstrip() for line in lines)
    calls = extract_python(BytesIO(text.encode()), list(KEYWORDS), [], {"encoding": "utf-8"})
    for _line, function, arguments, _comments in calls:
        yield from _words(function, arguments)


def _words(function: str, arguments: Any) -> Iterator[tuple[Words, str]]:
    given = [arguments] if isinstance(arguments, str) or arguments is None else list(arguments)
    context = ""
    picked: list[str] = []
    for place in KEYWORDS[function] or (1,):
        index = place[0] if isinstance(place, tuple) else place
        value = given[index - 1] if index <= len(given) else None
        if not isinstance(value, str) or not value:
            return  # Looked up at run time: `TABLES` has the words.
        if isinstance(place, tuple):
            context = value
        else:
            picked.append(value)
    yield (picked[0] if len(picked) == 1 else (picked[0], picked[1])), context


def _down(table: Any, way: tuple[str, ...]) -> Iterator[str]:
    if not way:
        yield table
    elif way[0] == "*":
        for row in table.values() if isinstance(table, dict) else table:
            yield from _down(row, way[1:])
    elif way[0] in table:
        yield from _down(table[way[0]], way[1:])
