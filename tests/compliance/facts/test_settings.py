"""What a setting comes to where only deployment fills in its value."""

from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.cloudformation.values import UNKNOWN
from hipaa_constructs.compliance.facts.settings import is_present, one_of

PARAMETERS = {
    "Looked": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/mode"},
    "Given": {"Type": "String"},
    "Subnets": {"Type": "List<AWS::EC2::Subnet::Id>"},
    "Words": {"Type": "CommaDelimitedList"},
}


@pytest.mark.parametrize(
    ("value", "allowed", "present"),
    [
        ("Enabled", True, True),
        ("Suspended", False, True),
        ("", False, False),
        # It may be what is allowed, and is something.
        ({"Ref": "Looked"}, UNKNOWN, True),
        ({"Fn::Sub": "${Given}d"}, UNKNOWN, True),
        ({"Ref": "Given"}, UNKNOWN, UNKNOWN),
        ({"Ref": "Subnets"}, False, True),
        ({"Ref": "Words"}, False, True),
        ([], False, False),
    ],
)
def test_values_of_deployment(value: Any, allowed: Any, present: Any) -> None:
    template = App().add("t.json", {"Parameters": PARAMETERS, "Resources": {"Key": {"Type": "AWS::KMS::Key"}}})
    resolved = template.resolve(value)
    assert one_of("Enabled")(resolved) is allowed
    assert is_present(resolved) is present
