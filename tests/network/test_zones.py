from __future__ import annotations

import aws_cdk as cdk
import pytest

from hipaa_constructs.network.zones import choose_zones


@pytest.mark.parametrize(("max_azs", "expected"), [(None, 3), (3, 3), (2, 2)])
def test_the_first_zones_are_chosen_at_deployment(stack: cdk.Stack, max_azs: int | None, expected: int) -> None:
    zones = choose_zones(stack, max_azs, None)
    assert [stack.resolve(zone) for zone in zones] == [
        {"Fn::Select": [index, {"Fn::GetAZs": ""}]} for index in range(expected)
    ]


def test_named_zones_are_taken_as_they_are(stack: cdk.Stack) -> None:
    assert choose_zones(stack, None, ["us-east-1b", "us-east-1d"]) == ("us-east-1b", "us-east-1d")
    assert choose_zones(stack, 2, ["us-east-1b", "us-east-1d"]) == ("us-east-1b", "us-east-1d")


def test_named_zones_are_not_held_to_an_unknown_region(app: cdk.App) -> None:
    assert choose_zones(cdk.Stack(app, "Anywhere"), None, ["eu-west-1a", "eu-west-1b"])


def test_a_region_of_two_zones_works_with_two(app: cdk.App) -> None:
    stack = cdk.Stack(app, "West", env=cdk.Environment(account="111122223333", region="us-west-1"))
    assert len(choose_zones(stack, 2, None)) == 2
    with pytest.raises(ValueError, match=r"missing zones: .* us-west-1\. Pass max_azs=2"):
        choose_zones(stack, None, None)


@pytest.mark.parametrize(
    ("max_azs", "names", "message"),
    [
        (1, None, "max_azs: got 1; allowed are 2 to 3 zones"),
        (4, None, "max_azs: got 4; allowed are 2 to 3 zones"),
        (None, ["us-east-1a"], "missing zones: it takes two or three"),
        (None, [], "missing zones: it takes two or three"),
        (None, ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d"], "it takes two or three"),
        (None, ["us-east-1a", "us-east-1a"], "each zone counts once"),
        (None, ["us-west-2a", "us-west-2b"], "the stack is in us-east-1"),
        (3, ["us-east-1a", "us-east-1b"], "max_azs: got 3; availability_zones names 2"),
    ],
)
def test_missing_and_conflicting_zones_are_refused(
    stack: cdk.Stack, max_azs: int | None, names: list[str] | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        choose_zones(stack, max_azs, names)
