"""The bar at the foot of a phone's screen: every word of it whole, on the narrowest phone too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

# Each word on one line, or divided only where its soft hyphen says; and nothing wider than its place.
BROKEN = """() => [...document.querySelectorAll('.s-bar a')].flatMap(link => {
  const text = link.firstChild, found = [];
  // Of a letter's boxes the last: the first may be the hyphen that ends the line before it.
  const line = at => {
    const range = document.createRange();
    range.setStart(text, at); range.setEnd(text, at + 1);
    return [...range.getClientRects()].at(-1).top;
  };
  for (const word of text.data.matchAll(/[^\\s\\u00ad]+/g)) {
    const lines = new Set([...word[0]].map((_letter, place) => line(word.index + place)));
    if (lines.size > 1) found.push(word[0]);
  }
  return link.scrollWidth > link.clientWidth ? [...found, link.innerText] : found;
})"""


@pytest.mark.parametrize("who", ["trygghetssamordnare", "rektor", "logggranskare", "chef"])
@pytest.mark.slow
def test_no_word_of_the_bar_is_broken(page_as: Callable[..., Any], who: str) -> None:
    page = page_as(who, width=390)
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.locator(".s-bar a").count() >= 2
        assert page.evaluate(BROKEN) == []
