"""The interface's words in other languages: found in code, templates and tables, kept in locale/*/django.po.

Swedish is the source text itself. No GNU gettext is needed: Python reads code, Django and Babel read templates,
and Babel writes both files. Nothing is guessed: an entry is equal or it is new.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterable, Iterator, Sequence
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

# How the words are marked, and in which places they stand; a context stands before them.
KEYWORDS: dict[str, tuple[int, ...]] = {
    "_": (0,),
    "gettext": (0,),
    "gettext_lazy": (0,),
    "gettext_noop": (0,),
    "ngettext": (0, 1),
    "ngettext_lazy": (0, 1),
    "pgettext": (1,),
    "pgettext_lazy": (1,),
    "npgettext": (1, 2),
    "npgettext_lazy": (1, 2),
}

# Words that code looks up in a table at run time: the file, and the way to the words ("*" is every key or row).
TABLES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("access/policy.toml", ("relations", "*")),
    ("access/policy.toml", ("groups", "*")),
    ("access/policy.toml", ("conditions", "*")),
    ("access/policy.toml", ("bars", "*", "words")),
    ("access/policy.toml", ("classes", "*", "words")),
    ("access/policy.toml", ("classes", "*", "reason")),
    ("access/accounts/rules.toml", ("apart", "*", "basis")),
    ("access/log_review/odd.toml", ("rule", "*", "why")),
    ("reminders/rules.toml", ("timer", "*", "basis")),
    ("cases/law/protection.toml", ("rule", "*", "label")),
    ("cases/law/sibling_mention.toml", ("rule", "*", "label")),
    ("cases/law/break_glass_reason.toml", ("rule", "*", "label")),
    ("cases/law/break_glass_outcome.toml", ("rule", "*", "label")),
    ("cases/law/information_kind.toml", ("rule", "*", "label")),
    ("cases/law/custody.toml", ("rule", "*", "label")),
    ("cases/law/consent_exception.toml", ("rule", "*", "label")),
    ("cases/law/consent_exception.toml", ("rule", "*", "hint")),
    ("cases/law/close_reason.toml", ("rule", "*", "label")),
    ("cases/law/feedback_answer.toml", ("rule", "*", "label")),
    ("cases/law/request_routing.toml", ("rule", "*", "why")),
    ("cases/law/request_routing.toml", ("rule", "*", "way_on")),
    ("cases/law/meeting_cancelled.toml", ("rule", "*", "label")),
    ("cases/law/moving.toml", ("rule", "*", "text")),
    ("cases/law/disclosure_end.toml", ("rule", "*", "label")),
    ("cases/law/legal_basis.toml", ("rule", "*", "title")),
    ("cases/law/legal_basis.toml", ("rule", "*", "purpose")),
    ("cases/law/legal_basis.toml", ("rule", "*", "explanation")),
    ("cases/law/legal_basis.toml", ("rule", "*", "why_not", "*")),
    ("cases/law/legal_basis.toml", ("rule", "*", "question", "*", "text")),
    ("cases/law/legal_basis.toml", ("rule", "*", "question", "*", "refused")),
    ("cases/law/recipient_care.toml", ("rule", "*", "warning")),
    ("cases/law/outside_receiver.toml", ("rule", "*", "name")),
    ("cases/law/conversation_kind.toml", ("rule", "*", "label")),
    ("cases/law/conversation_kind.toml", ("rule", "*", "hint")),
    ("cases/law/conversation_outcome.toml", ("rule", "*", "label")),
)

# A fixed date, so that the same words give the same bytes.
DATE = datetime(2026, 1, 1, tzinfo=UTC)

Key = tuple[str, str]
Words = str | tuple[str, str]
Call = tuple[str, Sequence[str | None]]


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


def update(language: str, old: Catalog) -> Catalog:
    """The old words for everything that is asked for now; what is new has none yet, what is unused is gone."""
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
    for message in sorted(_texts(extract()), key=lambda one: one.locations[0][0]):
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
    return from_po(language, path.read_bytes()) if path.exists() else Catalog(locale=language)


def from_po(language: str, content: bytes) -> Catalog:
    """The words of such a file."""
    return read_po(BytesIO(content), locale=language)


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
    catalog = update(language, read(language))
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


def _forms(words: str | Iterable[str] | None) -> tuple[str, ...]:
    return (words or "",) if words is None or isinstance(words, str) else tuple(words)


def _files() -> Iterator[Path]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path
    yield from sorted((ROOT / "templates").rglob("*.html"))
    yield from sorted((ROOT / "templates").rglob("*.txt"))


def _read(path: Path) -> Iterator[tuple[Words, str]]:
    text = path.read_text(encoding="utf-8")
    for function, arguments in _in_python(text) if path.suffix == ".py" else _in_template(text):
        places = KEYWORDS[function]
        needed = arguments[: places[-1] + 1]
        if len(needed) > places[-1] and all(needed):
            texts = [str(text) for text in needed]
            words: Words = texts[-1] if len(places) == 1 else (texts[-2], texts[-1])
            yield words, texts[0] if places[0] else ""
        # Otherwise the words are looked up at run time: `TABLES` has them.


def _in_python(text: str) -> list[Call]:
    calls = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in KEYWORDS
    ]
    calls.sort(key=lambda call: (call.lineno, call.col_offset))
    return [
        (call.func.id, [_constant(argument) for argument in call.args])
        for call in calls
        if isinstance(call.func, ast.Name)
    ]


def _constant(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _in_template(text: str) -> Iterator[Call]:
    # What surrounds the calls is no Python; without indents Babel does not mind.
    lines = "\n".join(line.lstrip() for line in templatize(text).splitlines())
    for _line, function, arguments, _comments in extract_python(
        BytesIO(lines.encode()), dict.fromkeys(KEYWORDS), [], {"encoding": "utf-8"}
    ):
        yield str(function), _forms(arguments)


def _down(table: Any, way: tuple[str, ...]) -> Iterator[str]:
    if not way:
        yield table
    elif way[0] == "*":
        for row in table.values() if isinstance(table, dict) else table:
            yield from _down(row, way[1:])
    elif way[0] in table:
        yield from _down(table[way[0]], way[1:])
