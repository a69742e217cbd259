from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from hipaa_constructs.compliance.classification import METADATA_KEY, TAG_KEY
from tests.compliance.rules.support import outcome

GOVERNED = {"classification": "NO_PHI", "reason": "It holds opening hours.", "approved_by": "Dana Cole"}


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ({"Metadata": {METADATA_KEY: GOVERNED}}, "passed"),
        ({"Metadata": {METADATA_KEY: {"classification": "NO_PHI"}}}, "failed"),
        ({"Metadata": {METADATA_KEY: {**GOVERNED, "approved_by": 7}}}, "failed"),
        ({"Properties": {"Tags": [{"Key": TAG_KEY, "Value": "NO_PHI"}]}}, "failed"),
        ({"Metadata": {METADATA_KEY: {"classification": "PHI"}}}, "not_applicable"),
        ({"Metadata": {METADATA_KEY: {"classification": "none"}}}, "not_applicable"),
        ({"Metadata": {METADATA_KEY: "NO_PHI"}}, "not_applicable"),
        ({}, "not_applicable"),
    ],
)
def test_a_template_says_it_in_metadata(resource: Mapping[str, Any], expected: str) -> None:
    assert outcome("classification_governed", {"Subject": {"Type": "AWS::SQS::Queue", **resource}}) == expected
