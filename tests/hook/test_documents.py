"""What the documents say of the hook holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hipaa_constructs.hook.handler import handle
from tests.hook.requests import Time, laid_down, of_stack, template

DOCS = Path(__file__).parent.parent.parent / "docs"


def test_the_template_that_is_written_by_hand_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    (written,) = re.findall(r"```yaml\n(.*?)```", (DOCS / "hook.md").read_text(), re.DOTALL)
    # Whenever it is read.
    laid_down(monkeypatch, template(written.replace("2027-06-30", "2999-06-30")))
    answer = handle(of_stack(), Time())
    assert answer["hookStatus"] == "SUCCESS"
    (accepted,) = [one for one in answer["annotations"] if one["severityLevel"] == "INFORMATIONAL"]
    assert accepted["annotationName"] == "HIPAA.Constructs-SecretRotated"


def test_the_runbook_has_what_a_failure_names() -> None:
    answer = handle({}, Time())
    assert answer["errorCode"] == "InternalFailure"
    (named,) = re.findall(r"'(.+?)' in docs/runbook\.md", answer["message"])
    assert f"## {named}\n" in (DOCS / "runbook.md").read_text()
