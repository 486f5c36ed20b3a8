"""What a page is built of, without what is written on it: whether a browser would find anything new to judge there."""

from __future__ import annotations

from html.parser import HTMLParser

# Never closed, so nothing is inside them.
VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "source",
        "track",
        "wbr",
    ]
)
# Their values make an element what it is to a style sheet or to a reader of screens; of the rest the name does.
TELLING = frozenset(
    ["class", "role", "type", "lang", "dir", "scope", "style", "tabindex", "autocomplete", "target"]
)
# These name other elements, or hold words.
NAMING = frozenset(
    [
        "aria-label",
        "aria-labelledby",
        "aria-describedby",
        "aria-controls",
        "aria-owns",
        "aria-details",
        "aria-errormessage",
    ]
)
# Letters; a longer word can be wider than its place on a phone.
LONG_WORD = 16


class Built(HTMLParser):
    """`parts`: every kind of element with all that it stands in, whether it holds text and how long its words are, and the order of the headings.

    `links`: where the page leads to inside the site.
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.parts: set[str] = set()
        self.links: list[str] = []
        self._within: list[tuple[str, str]] = []
        headings: list[str] = []
        self._headings = headings
        self.feed(page)
        self.close()
        self.parts.add(" ".join(headings))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"h1", "h2", "h3", "h4", "h5", "h6"}:
            self._headings.append(tag)
        href = dict(attrs).get("href") or ""
        if tag == "a" and href.startswith("/"):
            self.links.append(href)
        own = " ".join(sorted(_told(name, value or "") for name, value in attrs))
        path = f"{self._within[-1][1] if self._within else ''}<{tag} {own}>"
        self.parts.add(path)
        if tag not in VOID:
            self._within.append((tag, path))

    def handle_endtag(self, tag: str) -> None:
        if any(tag == one for one, _path in self._within):
            while self._within.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if data.strip() and self._within and self._within[-1][0] not in {"option", "script"}:
            longest = max(map(len, data.split()))
            self.parts.add(f"{self._within[-1][1]}text {longest if longest > LONG_WORD else ''}")


def _told(name: str, value: str) -> str:
    if name in TELLING or (name.startswith("aria-") and name not in NAMING):
        return f"{name}={value}"
    return name if value.strip() else f"{name}="
