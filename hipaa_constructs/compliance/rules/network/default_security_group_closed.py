"""The default security group of a VPC allows no traffic.

CloudFormation cannot change that group itself, so this is a warning, as in cdk-nag. Compliant: a custom
resource of the app takes the VPC's ``DefaultSecurityGroup``, as the CDK's restrict_default_security_group
does. Non-compliant: none does, and no ingress or egress of the template may add to the group either. Not
applicable: nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Reference, is_mapping
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed

_RULES = ("AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress")


def _defaults(resource: Resource) -> Iterator[tuple[Resource, None]]:
    """Yield the VPCs whose default group a resource names."""
    properties = resource.properties
    for value in properties.values() if is_mapping(properties) else ():
        if isinstance(value, Reference) and value.attribute == "DefaultSecurityGroup":
            yield value.resource, None


def _is_closed(vpc: Resource) -> bool:
    app = vpc.template.app
    custom = [kind for kind in app.resources if kind.startswith(("Custom::", "AWS::CloudFormation::Custom"))]
    opened = app.told(vpc, "rules of default groups", _RULES, _defaults)
    return not opened and bool(app.told(vpc, "closed default groups", custom, _defaults))


def check(resource: Resource) -> Verdict:
    if _is_closed(resource):
        return PASSED
    return failed("Nothing removes the rules of the VPC's default security group.")


RULE = Rule(
    name="DefaultSecurityGroupClosed",
    severity="warning",
    resource_types=("AWS::EC2::VPC",),
    controls=("164.312(e)(1)",),
    fix="Remove all rules from the VPC's default security group.",
    fixes=(
        Fix(
            template="A custom resource such as CDK's Custom::VpcRestrictDefaultSG is given the VPC's "
            "DefaultSecurityGroup and revokes its rules; no AWS::EC2::SecurityGroupIngress or -Egress names "
            "that group in GroupId.",
            cdk=("ec2.Vpc(restrict_default_security_group=True)",),
            constructs=("PrivateVpc",),
        ),
    ),
    needs="template",
    check=check,
)
