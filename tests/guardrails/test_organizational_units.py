from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from hipaa_constructs.guardrails.organizational_units import OrganizationalUnits
from hipaa_constructs.testing import template_of


def test_units_are_made_one_after_another(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Organization")
    made = OrganizationalUnits(stack, "Units", parent_id="ou-ab12-11111111", unit_names=["production", "staging"])
    assert list(made.units) == ["production", "staging"]
    resources = template_of(stack)["Resources"]
    first, second = resources
    assert {one["Properties"]["ParentId"] for one in resources.values()} == {"ou-ab12-11111111"}
    assert [one["Properties"]["Name"] for one in resources.values()] == ["production", "staging"]
    assert resources[second]["DependsOn"] == [first]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"parent_id": "root"}, "parent_id: got 'root'; it takes ids like 'r-ab12'"),
        ({"unit_names": []}, r"unit_names: got \[\]"),
        ({"unit_names": ["staging", "staging"]}, "unit_names: got 'staging'; each name stands once"),
    ],
)
def test_refuses(app: cdk.App, changed: dict[str, Any], message: str) -> None:
    stack = cdk.Stack(app, "Organization")
    with pytest.raises(ValueError, match=message):
        OrganizationalUnits(stack, "Units", **{"parent_id": "r-ab12", "unit_names": ["staging"], **changed})
    assert not stack.node.children
