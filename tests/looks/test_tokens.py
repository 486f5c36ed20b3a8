"""The colour pairs of static/css/tokens.css, measured as WCAG 2.2 does."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

TOKENS = Path(__file__).resolve().parents[2] / "static/css/tokens.css"
GROUNDS = ("paper", "surface", "sunken")
WASHES = ("accent-wash", "late-wash", "wait-wash", "good-wash")

BODY = [("ink", ground) for ground in (*GROUNDS, *WASHES)] + [
    ("ink-soft", "paper"),
    ("ink-soft", "surface"),
]
TEXT = [
    *[("accent", ground) for ground in (*GROUNDS, "accent-wash")],
    *[("accent-strong", ground) for ground in (*GROUNDS, "accent-wash")],
    *[("ink-soft", ground) for ground in ("sunken", "accent-wash", "wait-wash")],
    *[(tone, ground) for tone in ("late", "wait", "good") for ground in ("paper", "surface")],
    *[(tone, f"{tone}-wash") for tone in ("late", "wait", "good")],
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    *[("ink", f"heat-{step}") for step in range(4)],
    ("heat-4-ink", "heat-4"),
]
SHAPES = [
    *[("edge", ground) for ground in GROUNDS],
    *[("focus", ground) for ground in (*GROUNDS, *WASHES)],
    *[
        (agency, ground)
        for agency in ("school", "social-services", "police", "leisure", "coordination")
        for ground in ("paper", "surface", "accent-wash")
    ],
]


@cache
def colours(scheme: str) -> dict[str, str]:
    text = re.sub(r"/\*.*?\*/", "", TOKENS.read_text(encoding="utf-8"), flags=re.DOTALL)
    light, _, rest = text.partition("@media (prefers-color-scheme: dark)")
    dark, _, print_ = rest.partition("@media print")
    found = dict(re.findall(r"--s-([\w-]+):\s*(#[0-9a-f]{6});", light))
    if scheme == "dark":
        found |= dict(re.findall(r"--s-([\w-]+):\s*(#[0-9a-f]{6});", dark))
    if scheme == "print":
        found |= dict(re.findall(r"--s-([\w-]+):\s*(#[0-9a-f]{6});", print_))
    return found


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def test_the_measure_itself_agrees_with_the_known_extremes():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
@pytest.mark.parametrize(
    ("least", "pairs"), [(7, BODY), (4.5, TEXT), (3, SHAPES)], ids=["body", "text", "shapes"]
)
def test_every_colour_pair_reaches_its_contrast(
    scheme: str, least: float, pairs: list[tuple[str, str]]
):
    tones = colours(scheme)
    weak = {
        pair: round(contrast(tones[pair[0]], tones[pair[1]]), 2)
        for pair in pairs
        if contrast(tones[pair[0]], tones[pair[1]]) < least
    }
    assert not weak


def test_the_dark_scheme_names_every_colour_of_the_light_one():
    text = TOKENS.read_text(encoding="utf-8")
    dark = text.partition("@media (prefers-color-scheme: dark)")[2].partition("@media print")[0]
    assert set(re.findall(r"--s-([\w-]+):\s*#", dark)) == set(colours("light"))


def test_colours_are_written_in_tokens_only():
    static = TOKENS.parent
    for sheet in static.glob("*.css"):
        if sheet != TOKENS:
            stray = re.findall(
                r"#[0-9a-fA-F]{3,8}\b(?![\w-]*\s*\{)", sheet.read_text(encoding="utf-8")
            )
            assert set(stray) <= {"#ffffff", "#000000"}, f"{sheet.name}: {stray}"
