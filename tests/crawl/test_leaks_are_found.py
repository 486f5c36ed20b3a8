"""The crawl can fail: each kind of leak, planted in the site, is found by the same eyes that find none without it."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.middleware import csrf
from django.urls import clear_url_caches, reverse
from pypdf import PdfWriter

from access.request_transaction import current_work
from sspf.story_paper import paper
from tests.crawl.crawler import Visitor, masked
from tests.crawl.forced import forced
from tests.crawl.graph import Graph
from tests.crawl.markers import CORE, marker_of
from tests.crawl.planting import Site, View
from tests.crawl.sought import World
from tests.crawl.world import FILE


@pytest.fixture
def site(world: Graph, sought: World, settings: Any) -> Any:
    yield Site(sought, settings)
    clear_url_caches()


def _into(body: str) -> Callable[[Any], None]:
    def act(answer: Any) -> None:
        answer.content = answer.content.replace(b"</title>", f"{body}</title>".encode())

    return act


def _assert_found(faults: list[str], words: str) -> None:
    assert [fault for fault in faults if words in fault], faults


def test_without_a_plant_there_is_nothing_to_find(site: Site) -> None:
    assert site.said() == []
    assert site.said("case_detail", pk=site.own.id) == []
    assert site.hidden_and_missing() == []


@pytest.mark.parametrize(
    "clothe",
    [
        pytest.param(str, id="in clear"),
        pytest.param(str.lower, id="lower case"),
        pytest.param(lambda text: base64.b64encode(b"12" + text.encode()).decode(), id="base64"),
        pytest.param(lambda text: text.encode().hex(), id="hex"),
        pytest.param(lambda text: f"{text[:12]}\r\n {text[12:]}", id="folded, as in a calendar"),
        pytest.param(lambda text: "".join(f"&#{ord(one)};" for one in text), id="entities"),
        pytest.param(lambda text: "".join(f"%{ord(one):02X}" for one in text), id="percent"),
    ],
)
def test_a_title_with_a_name(site: Site, clothe: Callable[[str], str]) -> None:
    site.after("case_list", _into(clothe(site.secret)))
    _assert_found(site.said(), "LEAK of cases.person.name")


def test_a_header(site: Site) -> None:
    site.after(
        "case_list", lambda answer: answer.headers.setdefault("X-Case", site.secret) and None
    )
    _assert_found(site.said(), "LEAK of cases.person.name")


def test_the_name_of_a_file(site: Site) -> None:
    said = {"Content-Disposition": f'attachment; filename="{site.secret}.csv"'}
    site.after("case_list", lambda _answer: HttpResponse(b"a;b", "text/csv", headers=said))
    _assert_found(site.said(), "LEAK of cases.person.name")


def test_a_redirect(site: Site) -> None:
    site.after("case_list", lambda _answer: HttpResponseRedirect(f"/?q={site.secret}"))
    _assert_found(site.said(), "LEAK of cases.person.name")


def test_a_column_of_an_export(site: Site) -> None:
    table = f"\ufeffnummer;namn\r\n1;{site.secret}\r\n"
    site.after("case_list", lambda _answer: HttpResponse(table.encode("utf-16"), "text/csv"))
    _assert_found(site.said(), "LEAK of cases.person.name")


@pytest.mark.parametrize("around", ["{}", "9{}9", "x{}x", "-{}-"])
def test_a_birth_date_whatever_stands_beside_it(site: Site, around: str) -> None:
    born = next(
        text
        for text, cell in site.world.cells.items()
        if cell.uid == "cases.person.birth_date" and cell.row_id == site.hidden.person_id
    )
    site.after("case_list", _into(around.format(born)))
    _assert_found(site.said(), "LEAK of cases.person.birth_date")


@pytest.mark.parametrize("around", ["{}", "9{}9", "x{}x", "A26-{}"])
def test_the_number_of_a_hidden_case_whatever_stands_beside_it(site: Site, around: str) -> None:
    site.after("case_list", _into(around.format(site.hidden.number)))
    _assert_found(site.said(), "LEAK of the existence of cases.case")


def test_the_number_of_a_hidden_case_in_an_export(site: Site) -> None:
    table = f"nummer\r\n{site.hidden.number}\r\n".encode("utf-16")
    site.after("case_list", lambda _answer: HttpResponse(table, "text/csv"))
    _assert_found(site.said(), "LEAK of the existence of cases.case")


def test_the_number_of_an_opened_case_beside_the_opening(site: Site) -> None:
    """The banner tells whoever made an emergency opening which case it is: no other place does."""
    (opening,) = site.world.graph.all("cases.breakglass")
    opener = site.world.graph.members[opening.membership_id]
    site.visitor = Visitor(site.world, opener, site.visit.totals)
    assert site.said() == []
    site.after("case_list", _into(site.world.graph.rows["cases.case"][opening.case_id].number))
    _assert_found(site.said(), "LEAK of the existence of cases.case")


def test_a_name_on_a_paper(site: Site) -> None:
    """Its content is compressed, as that of every paper which the product prints."""
    written, printed = PdfWriter(clone_from=BytesIO(paper((site.secret,)))), BytesIO()
    for page in written.pages:
        page.compress_content_streams()
    written.write(printed)
    assert site.secret.encode() not in printed.getvalue()
    content = printed.getvalue()
    site.after("case_list", lambda _answer: HttpResponse(content, "application/pdf"))
    _assert_found(site.said(), "LEAK of cases.person.name")


def test_the_content_of_a_file(site: Site) -> None:
    content = next(
        text
        for text, cell in site.world.cells.items()
        if cell.uid == FILE and cell not in site.visitor.readable
    )
    file = HttpResponse(paper((content,)), "application/pdf")
    site.after("case_list", lambda _answer: file)
    _assert_found(site.said(), f"LEAK of {FILE}")


def test_a_file_that_comes_empty(site: Site) -> None:
    cell = next(one for one in site.visitor.readable if one.uid == FILE)
    site.said("attachment_download", pk=cell.row_id)
    assert site.visitor.seen[cell] == {"attachment_download"}
    site.visitor.seen.clear()
    site.after("attachment_download", lambda _answer: HttpResponse(b"", "application/pdf"))
    site.said("attachment_download", pk=cell.row_id)
    site.visit.over_blocked(site.visitor)
    missing = [fault for fault in site.visitor.faults if str(cell.row_id) in fault]
    _assert_found(missing, f"{FILE}: MISSING on attachment_download")


def test_a_refusal_that_says_a_name(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(_request: Any, **_reason: str) -> HttpResponse:
        return HttpResponse(f"<title>{site.secret}</title>", status=403)

    form = [reverse("concern_new")]
    forced(site.visitor, form)
    assert site.visitor.faults == []
    monkeypatch.setattr(csrf, "_get_failure_view", lambda: refusing)
    forced(site.visitor, form)
    _assert_found(site.visitor.faults, "LEAK of cases.person.name")


def test_an_error_page_that_says_a_name(site: Site) -> None:
    def failing(_request: Any) -> HttpResponse:
        return HttpResponse(f"<title>{site.secret}</title>", status=500)

    site.after("case_list", lambda _answer: None)
    site.served.handler500 = failing  # type: ignore[attr-defined]  # a module takes any name
    forced(site.visitor, [])
    _assert_found(site.visitor.faults, "LEAK of cases.person.name")


def test_a_link_to_a_hidden_case(site: Site) -> None:
    site.after("case_list", _into(f"<a href='/arenden/{site.hidden.id}/'>"))
    _assert_found(site.said(), "LEAK of the existence of a cases.case")


def test_a_line_of_log(site: Site) -> None:
    def act(_answer: Any) -> None:
        logging.getLogger("cases.somewhere").debug("opened %s", site.secret)

    site.after("case_list", act)
    _assert_found(site.said(), "LEAK in the log (cases.somewhere DEBUG)")


def test_a_foreign_id_that_is_opened(site: Site) -> None:
    def change(view: View) -> View:
        def planted(request: Any, pk: Any) -> Any:
            if pk != site.hidden.id:
                return view(request, pk=pk)
            return HttpResponse(f"<title>{site.secret}</title>")

        return planted

    site.plant("case_detail", change)
    faults = site.hidden_and_missing()
    _assert_found(faults, "hidden answers 200, missing 404")
    _assert_found(faults, "LEAK of cases.person.name")


def test_a_404_with_another_body(site: Site) -> None:
    def change(view: View) -> View:
        def planted(request: Any, pk: Any) -> Any:
            try:
                return view(request, pk=pk)
            except Http404:
                if pk != site.hidden.id:
                    raise
                return HttpResponse("<p>Du får inte se det här.</p>", status=404)

        return planted

    site.plant("case_detail", change)
    _assert_found(site.hidden_and_missing(), "told apart by the body")


def test_a_read_without_an_event(site: Site) -> None:
    site.after("case_detail", lambda _answer: current_work().reads.clear())
    _assert_found(site.said("case_detail", pk=site.own.id), "NO READ EVENT for cases.person.name")


def test_a_section_that_is_missing(site: Site) -> None:
    name = marker_of("cases.person.name", site.own.person_id)

    def act(answer: Any) -> None:
        answer.content = answer.content.replace(name.encode(), b"")

    site.after("case_detail", act)
    site.said("case_detail", pk=site.own.id)
    site.visit.over_blocked(site.visitor)
    missing = [fault for fault in site.visitor.faults if str(site.own.person_id) in fault]
    _assert_found(missing, "cases.person.name: MISSING on case_detail")


def test_text_that_becomes_markup(site: Site) -> None:
    site.after("case_list", _into(f"<b>{CORE}{'A' * 16}</b>"))
    _assert_found(site.said(), "is markup in the page")


def test_a_page_that_fails_says_nothing_of_what_it_held(site: Site) -> None:
    def change(_view: View) -> View:
        def planted(request: Any) -> Any:
            held = site.secret
            raise RuntimeError(held)

        return planted

    site.plant("case_list", change)
    faults = site.said()
    _assert_found(faults, "answered 500")
    assert not [fault for fault in faults if "LEAK of" in fault], faults


def test_a_page_that_is_open_to_a_role_outside_its_row(site: Site) -> None:
    site.plant("intake", lambda _view: lambda _request: HttpResponse("Inkommet"))
    before = len(site.visitor.faults)
    site.visit.closed(site.visitor)
    # The route table stands before the view: the plant does not open it.
    assert site.visitor.faults[before:] == []
    assert "Inkommet" not in masked(site.visitor.ask("/inkommet/"))
