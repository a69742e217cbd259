"""VPCs record who talks to whom.

Compliant: a flow log of the VPC for all or for rejected traffic, which is what Security Hub's EC2.6 asks for
(docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html), or one for each of its subnets.
Non-compliant: none, or accepted traffic alone. Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, any_of, is_one_of
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, judge


def _records(target: Resource) -> Ternary | None:
    """Whether flow logs of a VPC or subnet record it; None without a flow log."""
    flow_logs = target.template.app.referring(target, "AWS::EC2::FlowLog", "ResourceId")
    kinds = [flow_log.get("TrafficType") for flow_log in flow_logs]
    return any_of(is_one_of(kind, "ALL", "REJECT") for kind in kinds) if kinds else None


def check(resource: Resource) -> Verdict:
    recorded = _records(resource)
    if recorded is None:
        subnets = resource.template.app.referring(resource, "AWS::EC2::Subnet", "VpcId")
        if subnets and all(_records(subnet) is Ternary.YES for subnet in subnets):
            return PASSED
        return failed("No flow log records the VPC.")
    return judge(
        recorded,
        "The flow log records accepted traffic alone.",
        unknown_message="TrafficType of the flow log is known only at deployment.",
    )


RULE = Rule(
    name="VpcFlowLogged",
    severity="error",
    resource_types=("AWS::EC2::VPC",),
    controls=("164.312(b)",),
    fix="Add a flow log that records all traffic of the VPC.",
    fixes=(
        Fix(
            template="An AWS::EC2::FlowLog has the VPC's id in ResourceId, ResourceType: VPC, TrafficType: ALL, a log "
            "group in LogGroupName and in DeliverLogsPermissionArn a role that vpc-flow-logs.amazonaws.com "
            "takes.",
            cdk=(
                'ec2.Vpc(flow_logs={"All": ec2.FlowLogOptions('
                "destination=ec2.FlowLogDestination.to_s3(<a bucket for flow logs>), "
                "traffic_type=ec2.FlowLogTrafficType.ALL)})",
            ),
            constructs=("PrivateVpc",),
        ),
    ),
    needs="template",
    check=check,
)
