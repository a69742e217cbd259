"""Options of Elastic Beanstalk, and what rules say of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

ENVIRONMENT = "AWS::ElasticBeanstalk::Environment"
TEMPLATE = "AWS::ElasticBeanstalk::ConfigurationTemplate"
UPDATES = ("aws:elasticbeanstalk:managedactions", "ManagedActionsEnabled")


def _options(*options: tuple[str, str, Any]) -> list[dict[str, Any]]:
    return [{"Namespace": space, "OptionName": name, "Value": value} for space, name, value in options]


def _environment(*options: tuple[str, str, Any], **more: Any) -> dict[str, Any]:
    return one(ENVIRONMENT, **{"OptionSettings": _options(*options), **more})


def _with_template(*options: tuple[str, str, Any], own: Any = ()) -> dict[str, Any]:
    return {
        **_environment(*own, TemplateName={"Ref": "Template"}),
        "Template": {"Type": TEMPLATE, "Properties": {"OptionSettings": _options(*options)}},
    }


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_environment((*UPDATES, "true")), "passed"),
        (_environment((*UPDATES, "false")), "failed"),
        (_environment(), "failed"),
        (_environment((*UPDATES, GIVEN)), "unknown"),
        (one(ENVIRONMENT, OptionSettings=GIVEN), "unknown"),
        (_with_template((*UPDATES, "true")), "passed"),
        (_with_template((*UPDATES, "true"), own=[(*UPDATES, "false")]), "failed"),
        (_with_template(), "failed"),
        (_environment(TemplateName="elsewhere"), "unknown"),
        (_environment((*UPDATES, "true"), TemplateName="elsewhere"), "passed"),
    ],
)
def test_an_environment_has_its_templates_options_unless_it_sets_its_own(
    resources: dict[str, Any], expected: str
) -> None:
    assert judged("minor_upgrades_automatic", resources) == expected


@pytest.mark.parametrize(
    "rule",
    [
        "beanstalk_tls_required",
        "instance_metadata_v2",
        "minor_upgrades_automatic",
        "no_public_address",
        "service_logged",
    ],
)
def test_a_template_that_an_environment_names_is_judged_with_it(rule: str) -> None:
    stack = {
        **one(TEMPLATE, OptionSettings=[]),
        "Environment": {"Type": ENVIRONMENT, "Properties": {"TemplateName": {"Ref": "Subject"}}},
    }
    assert judged(rule, stack) == "not_applicable"
    assert judged(rule, one(TEMPLATE, OptionSettings=[])) != "not_applicable"


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"SolutionStackName": "64bit Amazon Linux 2023 v4.3.0 running Python 3.12"}, "passed"),
        ({"SolutionStackName": "64bit Amazon Linux 2 v3.4.9 running PHP 8.1"}, "failed"),
        (
            {"PlatformArn": "arn:aws:elasticbeanstalk:us-east-1::platform/Docker running on 64bit Amazon Linux 2023"},
            "passed",
        ),
        ({}, "unknown"),
    ],
)
def test_the_platform_says_which_metadata_is_answered(properties: dict[str, Any], expected: str) -> None:
    assert judged("instance_metadata_v2", _environment(**properties)) == expected
