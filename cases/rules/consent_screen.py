"""The words of the page on which somebody signs on a screen, in the form's language (law/consent_screen.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache

from cases.rules.law import FOLDER


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((FOLDER / "consent_screen.toml").read_text(encoding="utf-8"))


def screen_words(language: str) -> Mapping[str, str]:
    """Raises KeyError for a language that there is no form in."""
    return _table()[language]
