"""Days and numbers stay on one line; what they stand among is escaped once."""

from __future__ import annotations

from django.utils.safestring import mark_safe

from access.templatetags.whole import whole


def test_days_and_numbers_are_kept_whole_and_the_rest_is_as_it_was() -> None:
    assert whole("Till 2027-02-20 om S26-4PY9K.") == (
        'Till <span class="s-whole">2027-02-20</span> om <span class="s-whole">S26-4PY9K</span>.'
    )
    assert whole("en-två 12-34") == "en-två 12-34"


def test_what_is_not_marked_safe_is_escaped_and_what_is_stays() -> None:
    assert whole("<b>2027-02-20") == '&lt;b&gt;<span class="s-whole">2027-02-20</span>'
    assert whole(mark_safe("a &amp; b")) == "a &amp; b"
