"""The default security group of a VPC allows no traffic.

CloudFormation cannot change that group itself, so this is a warning, as in cdk-nag. Compliant: a custom
resource of the app takes the VPC's ``DefaultSecurityGroup``, as the CDK's restrict_default_security_group
does. Non-compliant: none does, and no ingress or egress of the template may add to the group either. Not
applicable: nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import Reference
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed

_RULES = ("AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress")


def _defaults(app: App, types: Iterator[str]) -> Iterator[int]:
    """Yield the VPCs whose default group the resources of some types name."""
    for resource in app.of_type(*types):
        properties = resource.properties
        values: Any = properties.values() if isinstance(properties, Mapping) else ()
        for value in values:
            if isinstance(value, Reference) and value.attribute == "DefaultSecurityGroup":
                yield id(value.resource)


def _closed(app: App) -> frozenset[int]:
    custom = (kind for kind in app.resources if kind.startswith(("Custom::", "AWS::CloudFormation::Custom")))
    return frozenset(_defaults(app, custom)) - frozenset(_defaults(app, iter(_RULES)))


def check(resource: Resource) -> Verdict:
    if id(resource) in resource.template.app.cached("closed default groups", _closed):
        return PASSED
    return failed("Nothing removes the rules of the VPC's default security group.")


RULE = Rule(
    name="DefaultSecurityGroupClosed",
    severity="warning",
    resource_types=("AWS::EC2::VPC",),
    controls=("164.312(e)(1)",),
    fix="Set restrict_default_security_group=True on ec2.Vpc, or use PrivateVpc.",
    check=check,
)
