"""The consent form on paper: the reviewed text in each language, and what is filled in. Reads `law/consent_form/`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from cases.rules.law import FOLDER, in_force

TEXTS = FOLDER / "consent_form"
SWEDISH = "sv"
CODES = (SWEDISH, "sv_easy", "en", "ar", "so")
RECEIPT = ("received_by", "received_how", "interpreter", "read_aloud")
WRITTEN = frozenset({"other", "adult"})
GUARDIANS_ON_A_BLANK = 2


@dataclass(frozen=True, slots=True)
class FormText:
    """One language's text. `draft` until a lawyer and, but for plain Swedish, a translator have put name and date."""

    code: str
    language: str
    name: str
    direction: str
    draft: bool
    text: Mapping[str, str]
    phrases: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class UnitOnForm:
    """A unit that may be ticked: the kind that the phrase stands for, and its own name ("" on a blank form)."""

    kind: str
    name: str = ""
    ticked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What stands on one form. It holds nothing of who has signed, said no or taken back: no copy can tell it.

    signers: (code in [signers], name or ""). copy: the family's, which shows no signature lines.
    """

    municipality: str
    controller: str
    contact: str
    case_number: str = ""
    person: str = ""
    units: Sequence[UnitOnForm] = ()
    kinds: frozenset[str] = frozenset()
    not_shared: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    signers: Sequence[tuple[str, str]] = field(
        default=(*[("guardian", "")] * GUARDIANS_ON_A_BLANK, ("youth", ""))
    )
    copy: bool = False

    def __repr__(self) -> str:
        return "Filled(‹förseglat›)"


@cache
def form_text(code: str) -> FormText:
    """Raises KeyError for a language that there is no form in."""
    if code not in CODES:
        raise KeyError(code)
    table = tomllib.loads((TEXTS / f"{code}.toml").read_text(encoding="utf-8"))
    reviewed = [bool(one["by"]) and "on" in one for one in table["review"].values()]
    sections = {name: section for name, section in table.items() if name not in {"text", "review"}}
    return FormText(
        code=code,
        language=table["language"],
        name=table["name"],
        direction=table["direction"],
        draft=not all(reviewed),
        text=table["text"],
        phrases={name: of for name, of in sections.items() if isinstance(of, dict)},
    )


def languages() -> list[FormText]:
    return [form_text(code) for code in CODES]


def form_content(code: str, filled: Filled, *, on: date) -> dict[str, Any]:
    """Everything that the paper and the page show, as plain data; law's numbers are those in force on `on`."""
    own, swedish = form_text(code), form_text(SWEDISH)
    beside = own.language != swedish.language
    words = _law_words(on) | {
        "contact": filled.contact,
        "controller": filled.controller,
        "municipality": filled.municipality,
    }

    def row(section: str, key: str, *, ticked: bool = False, name: str = "") -> dict[str, Any]:
        return {
            "text": own.phrases[section][key],
            "swedish": swedish.phrases[section][key] if beside else "",
            "name": name,
            "ticked": ticked,
            "write": key in WRITTEN,
        }

    units = filled.units or [UnitOnForm(kind) for kind in own.phrases["units"]]
    return {
        "code": code,
        "language": own.language,
        "name": own.name,
        "direction": own.direction,
        "beside": beside,
        "draft": own.draft,
        "draft_beside": swedish.text["draft"] if beside else "",
        "copy": filled.copy,
        "text": {key: _filled_in(text, words) for key, text in own.text.items()},
        "municipality": filled.municipality,
        "case_number": filled.case_number,
        "person": filled.person,
        "units": [row("units", unit.kind, ticked=unit.ticked, name=unit.name) for unit in units],
        "kinds": [row("kinds", kind, ticked=kind in filled.kinds) for kind in own.phrases["kinds"]],
        "not_shared": [row("not_shared", key) for key in own.phrases["not_shared"]],
        "not_shared_text": filled.not_shared,
        "meeting": [row("meeting", key) for key in own.phrases["meeting"]],
        "contact": [row("contact", key) for key in own.phrases["contact"]],
        "valid_from": filled.valid_from.isoformat() if filled.valid_from else "",
        "valid_to": filled.valid_to.isoformat() if filled.valid_to else "",
        "signers": [
            {
                "label": own.phrases["signers"][key],
                "beside": swedish.phrases["signers"][key] if beside else "",
                "name": name,
            }
            for key, name in filled.signers
        ],
        "receipt": [
            {"text": own.text[key], "swedish": swedish.text[key] if beside else ""}
            for key in RECEIPT
        ],
    }


def _law_words(on: date) -> dict[str, str]:
    say, limit = in_force("guardian", on)[-1], in_force("consent", on)[-1]
    return {
        "max_months": str(limit["max_months"]),
        "own_say_from": str(say["own_say_from"]),
        "adult_from": str(say["guardians_until"]),
    }


def _filled_in(text: str, words: Mapping[str, str]) -> str:
    """Only the words that the text names, each once: a brace in somebody's name stays a brace."""
    parts = text.split("{")
    filled = [parts[0]]
    for part in parts[1:]:
        key, _brace, rest = part.partition("}")
        filled.append(words.get(key, "{" + key + "}") + rest)
    return "".join(filled)
