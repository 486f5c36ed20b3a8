"""Every action, object, relation and purpose that the log can hold has plain words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest
from django.utils import timezone, translation

from access.door import Purpose
from access.log_review import odd
from access.log_review.forms import ExportForm
from access.log_review.sentences import details, sentence
from access.log_review.words import ACTIONS, BASES, FAULTS, OBJECTS, PURPOSES, RELATIONS
from access.models import Verdict
from access.policy import Action, policy
from access.protection import protected_models
from audit.event import OUTCOMES, Event

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("access", "audit", "cases", "crypto", "reminders", "safety", "sspf")
SATURDAY = datetime(2026, 11, 21, 10, 42, tzinfo=timezone.get_default_timezone())


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, ast.parse(path.read_text(encoding="utf-8"))


def called(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""


def texts(node: ast.expr) -> list[str]:
    """The texts an expression can be: a constant, or either branch of a choice."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return texts(node.body) + texts(node.orelse)
    return []


def hands_on(tree: ast.Module) -> set[str]:
    """Functions of this file that hand a parameter of theirs called `action` on to `record` or `event`."""
    return {
        function.name
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        and called(call) in {"record", "event"}
        and any(isinstance(arg, ast.Name) and arg.id == "action" for arg in call.args)
    }


def recorded() -> dict[str, str]:
    """Action → where it is recorded."""
    found: dict[str, str] = {}
    for path, tree in sources():
        names = {"record", "event"} | hands_on(tree)
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call) or called(call) not in names:
                continue
            given = [*call.args[:1], *(k.value for k in call.keywords if k.arg == "action")]
            for action in [text for node in given for text in texts(node)]:
                found[action] = f"{path.relative_to(ROOT)}:{call.lineno}"
    return found


def object_types() -> set[str]:
    found = {model._meta.label_lower for model in protected_models()}
    for _path, tree in sources():
        for call in ast.walk(tree):
            if isinstance(call, ast.Call):
                for keyword in call.keywords:
                    if keyword.arg == "object_type":
                        found |= {text for text in texts(keyword.value) if "." in text}
    return found


def told(**changed: object) -> Event:
    fields: dict[str, object] = {
        "id": uuid4(),
        "occurred_at": SATURDAY,
        "municipality_id": uuid4(),
        "agency_id": uuid4(),
        "unit_id": uuid4(),
        "actor_user_id": uuid4(),
        "actor_membership_id": uuid4(),
        "actor_name": "Elias Brodin",
        "actor_role": "social_worker",
        "action": "read",
        "object_type": "cases.case",
        "object_id": uuid4(),
        "case_id": uuid4(),
        "case_number": "S26-7KQ2M",
        "field_groups": ("case", "concern_text"),
        "relation": "assigned",
        "basis": "",
        "purpose": "case_work",
        "outcome": "done",
        "request_id": uuid4(),
    }
    return Event(**(fields | changed))  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def swedish() -> Iterator[None]:
    with translation.override("sv"):
        yield


def test_the_search_for_actions_finds_those_of_every_room() -> None:
    found = recorded()
    assert {"read", "enter", "case.open", "deadline.move", "summary.release", "log.read"} <= set(
        found
    )
    assert len(found) > 25


def test_every_recorded_action_has_words() -> None:
    without = {action: where for action, where in recorded().items() if action not in ACTIONS}
    assert not without, f"give them words in access/log_review/words/: {without}"


def test_every_action_of_the_door_has_words_for_an_attempt() -> None:
    assert {action.value for action in Action} <= set(ACTIONS)


def test_every_object_type_has_words() -> None:
    without = object_types() - set(OBJECTS)
    assert not without, f"give them words in access/log_review/words/: {without}"


def test_every_relation_purpose_and_verdict_has_words() -> None:
    assert set(policy().relations) == set(RELATIONS)
    asked = {key for key, _words in ExportForm.PURPOSES if key}
    assert {purpose.value for purpose in Purpose} | asked <= set(PURPOSES)
    assert {verdict.value for verdict in Verdict} <= set(BASES)


def test_every_fault_the_verifier_can_find_has_words() -> None:
    tree = ast.parse((ROOT / "audit/auditctl.py").read_text(encoding="utf-8"))
    kinds = {
        call.args[0].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and called(call) == "add"
        and len(call.args) == 2
        and isinstance(call.args[0], ast.Constant)
    }
    assert "changed" in kinds
    assert kinds <= set(FAULTS)


def test_a_reading_is_told_in_one_plain_sentence() -> None:
    assert sentence(told()) == (
        "Elias Brodin läste ärendet S26-7KQ2M lördag 21 november kl. 10.42,"
        " som den som arbetar med ärendet"
    )
    assert details(told()) == (
        "Visade: att ärendet finns, dess nummer och steg, orossignalens text."
        " Syfte: arbetet med ärendet."
    )


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"action": "list", "outcome": "missing", "case_id": None, "case_number": ""},
            "Elias Brodin försökte öppna ett ärende som inte finns lördag 21 november kl. 10.42",
        ),
        (
            {"action": "decide", "outcome": "denied", "case_id": None, "case_number": ""},
            "Elias Brodin försökte besluta om ett ärende lördag 21 november kl. 10.42, men det är",
        ),
        (
            {
                "action": "enter",
                "object_type": "log_review",
                "outcome": "denied",
                "case_number": "",
            },
            "Elias Brodin försökte gå till en sida lördag 21 november kl. 10.42, men det är stängt",
        ),
        (
            {"action": "reminder.sent", "actor_name": "Påminnelser", "actor_role": "system"},
            "Systemet (påminnelser) skickade en påminnelse om S26-7KQ2M",
        ),
        (
            {"object_type": "cases.attachment", "field_groups": ("attachment_content",)},
            "Elias Brodin läste en bilaga (S26-7KQ2M) lördag 21 november kl. 10.42",
        ),
    ],
)
def test_attempts_and_the_system_are_told_in_words(changed: dict[str, object], words: str) -> None:
    assert sentence(told(relation="", **changed)).startswith(words)


@pytest.mark.parametrize("outcome", sorted(OUTCOMES))
def test_every_action_makes_a_whole_sentence(outcome: str) -> None:
    for action in ACTIONS:
        words = sentence(told(action=action, outcome=outcome, relation=""))
        assert words.startswith("Elias Brodin ")
        assert "lördag 21 november kl. 10.42" in words
        assert "%(" not in words
        assert "  " not in words


def local(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, 30, tzinfo=timezone.get_default_timezone())


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (odd.Facts(at=local(20, 10)), []),
        (odd.Facts(at=local(20, 7)), []),
        (odd.Facts(at=local(20, 6)), ["utanför kl. 07–18"]),
        (odd.Facts(at=local(20, 18)), ["utanför kl. 07–18"]),
        (odd.Facts(at=local(20, 23)), ["på natten"]),
        (odd.Facts(at=local(21, 2)), ["på natten"]),
        (odd.Facts(at=local(21, 10)), ["på helgen"]),
        (odd.Facts(at=local(20, 10), outcome="denied"), ["nekat försök"]),
        (odd.Facts(at=local(20, 10), outcome="missing"), ["nekat försök"]),
        (odd.Facts(at=local(20, 10), cases_lately=5), []),
        (odd.Facts(at=local(20, 10), cases_lately=6), ["många ärenden på kort tid"]),
        (odd.Facts(at=local(20, 10), cases_lately=60, purpose="list"), []),
        (odd.Facts(at=local(20, 10), unopened_search=True), ["sökte utan att öppna något"]),
        (odd.Facts(at=local(20, 10), after_close=True), ["läste efter att ärendet avslutats"]),
        (odd.Facts(at=local(21, 2), by_system=True, outcome="denied"), []),
    ],
)
def test_what_is_odd_is_marked_with_why(facts: odd.Facts, why: list[str]) -> None:
    assert odd.reasons(facts) == why
