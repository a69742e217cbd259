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
        ("2026-11-28", "provided", "failed"),
        # No runtime, and none of those whose name it begins with.
        ("2026-11-28", "provided.al2023023", "passed"),
        ("2026-11-28", "java8.al2029", "passed"),
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


@pytest.mark.parametrize(
    ("runtime", "said", "constant"),
    [
        ("nodejs18.x", "nodejs24.x", "NODEJS_24_X"),
        ("nodejs", "nodejs24.x", "NODEJS_24_X"),
        ("python3.6", "python3.14", "PYTHON_3_14"),
        ("dotnetcore3.1", "dotnet10", "DOTNET_10"),
        ("java8", "java25", "JAVA_25"),
        ("ruby2.7", "ruby4.0", "RUBY_4_0"),
        ("go1.x", "provided.al2023", "PROVIDED_AL2023"),
        ("provided", "provided.al2023", "PROVIDED_AL2023"),
    ],
)
def test_the_fix_names_a_runtime_of_the_same_language(runtime: str, said: str, constant: str) -> None:
    app = App()
    app.add("t.json", {"Resources": one(FUNCTION, Runtime=runtime)})
    (function,) = app.of_type(FUNCTION)
    fix = rule("runtime_supported").fix_of(FUNCTION, function)
    assert fix
    assert f"such as {said}." in fix.in_cloudformation()
    assert f"lambda_.Runtime.{constant})" in fix.in_cdk()
