from __future__ import annotations

import datetime
from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import evaluate
from tests.compliance.rules.support import GIVEN, judged, one, rule

FUNCTION = "AWS::Lambda::Function"


def _on(day: str, runtime: str) -> str:
    app = App()
    app.today = datetime.date.fromisoformat(day)
    app.add("t.json", {"Resources": one(FUNCTION, Runtime=runtime)})
    (result,) = evaluate(app, [rule("runtime_supported")])
    return result.verdict.outcome.value


@pytest.mark.parametrize(
    ("day", "runtime", "expected"),
    [
        ("2025-09-01", "nodejs18.x", "passed"),
        ("2025-09-02", "nodejs18.x", "failed"),
        ("2026-11-28", "python3.13", "passed"),
        ("2026-11-28", "python3.7", "failed"),
        ("2026-11-28", "provided.al2023", "passed"),
        ("2026-11-28", "go1.x", "failed"),
        ("2026-11-28", "python3.99", "passed"),
    ],
)
def test_the_day_decides(day: str, runtime: str, expected: str) -> None:
    assert _on(day, runtime) == expected


@pytest.mark.parametrize(
    ("properties", "expected"),
    [({"Runtime": GIVEN}, "unknown"), ({"PackageType": "Image"}, "not_applicable")],
)
def test_outcome(properties: dict[str, Any], expected: str) -> None:
    assert judged("runtime_supported", one(FUNCTION, **properties)) == expected
