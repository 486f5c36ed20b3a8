"""The consent form on paper: the reviewed text in each language, and what is filled in. Reads `law/consent_form/`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from cases.rules.consent import Guardians, Youth, signer_rule
from cases.rules.law import FOLDER

TEXTS = FOLDER / "consent_form"
SWEDISH = "sv"
CODES = (SWEDISH, "sv_easy", "en", "ar", "so")
RECEIPT = ("received_by", "received_how", "interpreter", "read_aloud")
WRITTEN = frozenset({"other", "adult"})
GUARDIANS_ON_A_BLANK = 2
# Past the age from which nobody has a guardian, whatever the tables say of it.
ADULT_AGES = 30


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
    """A unit on the form: the kind that the phrase stands for, its own name, and what is ticked for it.

    ticks: (kind of information, may tell of it, may be told of it). The kind "" is what was ticked before the kinds were.
    """

    kind: str
    name: str
    ticks: Sequence[tuple[str, bool, bool]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What stands on one form. It holds nothing of who has signed, said no or taken back: no copy can tell it.

    officer: how the data protection officer is reached, "" for a line to write it on.
    units: none on a blank form, where kinds of units and kinds of information are ticked by hand.
    signers: (code in [signers], name or ""). copy: the family's, which shows no signature lines.
    """

    municipality: str
    controller: str
    contact: str
    officer: str = ""
    case_number: str = ""
    person: str = ""
    municipality_code: str = ""
    units: Sequence[UnitOnForm] = ()
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
    words = _law_words(filled.municipality_code, on) | {
        "contact": filled.contact,
        "controller": filled.controller,
        "municipality": filled.municipality,
    }

    def row(section: str, key: str, *, name: str = "") -> dict[str, Any]:
        return {
            "text": own.phrases[section][key],
            "swedish": swedish.phrases[section][key] if beside else "",
            "name": name,
            "ticked": False,
            "write": key in WRITTEN,
        }

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
        "officer": filled.officer,
        "case_number": filled.case_number,
        "person": filled.person,
        "blank": not filled.units,
        "units": [row("units", kind) for kind in own.phrases["units"]],
        "kinds": [row("kinds", kind) for kind in own.phrases["kinds"]],
        "scopes": [
            row("units", unit.kind, name=unit.name)
            | {
                "ticks": [
                    row("kinds", kind) | {"may_share": tells, "may_receive": told}
                    for kind, tells, told in unit.ticks
                    if kind in own.phrases["kinds"]
                ]
            }
            for unit in filled.units
        ],
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


def _law_words(municipality_code: str, on: date) -> dict[str, str]:
    """At which ages who signs, and the longest time, in that municipality on that day."""
    rules = [
        (age, signer_rule(date(on.year - age, 1, 1), on, municipality=municipality_code))
        for age in range(ADULT_AGES)
    ]
    return {
        "max_months": str(min(rule.max_months for _age, rule in rules)),
        "own_say_from": str(next(age for age, rule in rules if rule.youth == Youth.SIGNS)),
        "adult_from": str(next(age for age, rule in rules if rule.guardians == Guardians.NONE)),
    }


def _filled_in(text: str, words: Mapping[str, str]) -> str:
    """Only the words that the text names, each once: a brace in somebody's name stays a brace."""
    parts = text.split("{")
    filled = [parts[0]]
    for part in parts[1:]:
        key, _brace, rest = part.partition("}")
        filled.append(words.get(key, "{" + key + "}") + rest)
    return "".join(filled)
