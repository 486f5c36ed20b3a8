"""Error pages that anybody can force, as every role: none says anything of what it held or of what was typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection
from django.urls import resolve, reverse

from tests.crawl.crawler import Visitor, masked
from tests.crawl.markers import CORE

# What a query may be filled with: of no form, no encoding, no end.
QUERY = "?page=-1&sida=%00&q=%FF%FE&fran=9999-99-99&id=ingen&roll=%F0%28&till=" + "9" * 400
Fails = Callable[[str], None]


def forced(visitor: Visitor, forms: list[str]) -> None:
    """forms: the paths of some pages with forms that the member has opened."""
    typed = _not_told(visitor)
    home = reverse("today")
    _expect(visitor, 400, home, headers={"host": "annan.example"})
    _expect(visitor, 404, f"/{typed}/")
    _expect(visitor, 404, f"/arenden/{typed}/?q={typed}")
    with _checked(visitor):
        for path in forms:
            _expect(visitor, 403, path, "POST", {"name": typed, "text": typed})
    for path in forms:
        _expect(visitor, None, path + QUERY)
        _expect(visitor, 400, path, "POST", {"text": typed, "much": "x" * _too_much()})
        many = {f"f{one}": typed for one in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)}
        _expect(visitor, 400, path, "POST", many)
    said = {_failing(visitor, home, typed, fails) for fails in (_raises, _breaks_the_transaction)}
    if len(said) > 1:
        visitor.fault("two errors have two pages", home)


def _expect(
    visitor: Visitor,
    status: int | None,
    path: str,
    method: str = "GET",
    data: Any = None,
    **extra: Any,
) -> str:
    """None: anything that is no error of ours."""
    answer = visitor.ask(path, method, data, fails=status == 500, **extra)
    visitor.totals.counts["error pages forced"] += 1
    if status is not None and answer.status != status:
        visitor.fault(f"answered {answer.status}, not {status}", f"{method} {path[:60]}")
    return masked(answer)


def _not_told(visitor: Visitor) -> str:
    """A marker that the member may not read: whatever page repeats it has repeated what was typed, or worse."""
    cells = visitor.world.cells
    return next(
        text for text, cell in cells.items() if CORE in text and cell not in visitor.readable
    )


def _too_much() -> int:
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0) + 1


@contextmanager
def _checked(visitor: Visitor) -> Iterator[None]:
    """The test's browser else needs no form token."""
    visitor.client.handler.enforce_csrf_checks = True
    try:
        yield
    finally:
        visitor.client.handler.enforce_csrf_checks = False


def _failing(visitor: Visitor, path: str, held: str, fails: Fails) -> str:
    """The page of an error that is raised where something was held."""
    pattern = _pattern_of(path)
    view = pattern.callback

    def failing(request: Any, **kwargs: Any) -> Any:
        view(request, **kwargs)
        fails(held)

    pattern.callback = failing
    try:
        return _expect(visitor, 500, path)
    finally:
        pattern.callback = view


def _pattern_of(path: str) -> Any:
    from django.urls import get_resolver

    match = resolve(path)
    patterns = [*get_resolver().url_patterns]
    while patterns:
        entry = patterns.pop()
        if getattr(entry, "name", None) == match.url_name:
            return entry
        patterns += getattr(entry, "url_patterns", [])
    raise LookupError(path)


def _raises(held: str) -> None:
    raise RuntimeError(held)


def _breaks_the_transaction(held: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::int", [held])
