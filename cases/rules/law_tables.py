"""Offers every dated table of law to be printed and signed: each file of `law/`, none left out."""

from __future__ import annotations

from functools import partial

from access.accounts.rules import TABLE as ACCOUNT_RULES
from access.signed_tables.tables import Table, register_table
from cases.rules.law import FOLDER
from cases.rules.law_paper import law_sections
from cases.rules.law_words import TITLES


def offer_tables() -> None:
    for file in sorted(FOLDER.glob("*.toml")):
        title = partial(str, TITLES.get(file.stem, file.stem))
        register_table(Table(code=file.stem, file=file, title=title, sections=law_sections))
    register_table(
        Table(
            code="accounts",
            file=ACCOUNT_RULES,
            title=partial(str, TITLES["accounts"]),
            sections=law_sections,
        )
    )
