"""What a setting comes to where only deployment fills in its value."""

from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.cloudformation.values import Ternary, is_present
from hipaa_constructs.compliance.facts.settings import one_of

PARAMETERS = {
    "Looked": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/mode"},
    "Given": {"Type": "String"},
    "Subnets": {"Type": "List<AWS::EC2::Subnet::Id>"},
    "Words": {"Type": "CommaDelimitedList"},
}


@pytest.mark.parametrize(
    ("value", "allowed", "present"),
    [
        ("Enabled", Ternary.YES, Ternary.YES),
        ("Suspended", Ternary.NO, Ternary.YES),
        ("", Ternary.NO, Ternary.NO),
        # It may be what is allowed, and is something.
        ({"Ref": "Looked"}, Ternary.UNKNOWN, Ternary.YES),
        ({"Fn::Sub": "${Given}d"}, Ternary.UNKNOWN, Ternary.YES),
        ({"Ref": "Given"}, Ternary.UNKNOWN, Ternary.UNKNOWN),
        ({"Ref": "Subnets"}, Ternary.NO, Ternary.YES),
        ({"Ref": "Words"}, Ternary.NO, Ternary.YES),
        ([], Ternary.NO, Ternary.NO),
    ],
)
def test_values_of_deployment(value: Any, allowed: Ternary, present: Ternary) -> None:
    template = App().add("t.json", {"Parameters": PARAMETERS, "Resources": {"Key": {"Type": "AWS::KMS::Key"}}})
    resolved = template.resolve(value)
    assert one_of("Enabled")(resolved) is allowed
    assert is_present(resolved) is present
