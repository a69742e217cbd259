"""Trust in AWS services, tied to this account where the service says on whose behalf it acts.

A service serves every customer, so a role that trusts one may be assumed on a stranger's behalf. The defence is a
condition on ``aws:SourceAccount``: docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from weakref import WeakSet

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from hipaa_constructs._stacks import account_of

# Each page of docs.aws.amazon.com shows aws:SourceAccount or aws:SourceArn in a role's trust policy. AWS's guide to
# Pipes is silent, so the page of that is the example in Terraform's AWS provider. A service that is not here may send
# no source, so that the condition would lock it out; such are lambda.amazonaws.com and cloudtrail.amazonaws.com.
SOURCED_SERVICES = {
    "appsync.amazonaws.com": "appsync/latest/devguide/attaching-a-data-source.html",
    "autoscaling.amazonaws.com": "autoscaling/ec2/userguide/cross-service-confused-deputy-prevention.html",
    "bedrock.amazonaws.com": "bedrock/latest/userguide/cross-service-confused-deputy-prevention.html",
    "codebuild.amazonaws.com": "codebuild/latest/userguide/cross-service-confused-deputy-prevention.html",
    "codedeploy.amazonaws.com": "codedeploy/latest/userguide/security_confused_deputy.html",
    "datasync.amazonaws.com": "datasync/latest/userguide/cross-service-confused-deputy-prevention.html",
    "ecs-tasks.amazonaws.com": "AmazonECS/latest/developerguide/task-iam-roles.html",
    "eks.amazonaws.com": "eks/latest/userguide/cross-service-confused-deputy-prevention.html",
    "healthlake.amazonaws.com": "healthlake/latest/devguide/getting-started-setting-up.html",
    "hooks.cloudformation.amazonaws.com": "AWSCloudFormation/latest/UserGuide/registry-public.html",
    "iot.amazonaws.com": "iot/latest/developerguide/cross-service-confused-deputy-prevention.html",
    "medical-imaging.amazonaws.com": "healthimaging/latest/devguide/cross-service-confused-deputy-prevention.html",
    "monitoring.rds.amazonaws.com": "AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html",
    "pipes.amazonaws.com": "github.com/hashicorp/terraform-provider-aws:website/docs/r/pipes_pipe.html.markdown",
    "rekognition.amazonaws.com": "rekognition/latest/dg/cross-service-confused-deputy-prevention.html",
    "sagemaker.amazonaws.com": "sagemaker/latest/dg/security-confused-deputy-prevention.html",
    "scheduler.amazonaws.com": "scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html",
    "ssm.amazonaws.com": "systems-manager/latest/userguide/cross-service-confused-deputy-prevention.html",
    "states.amazonaws.com": "step-functions/latest/dg/procedure-create-iam-role.html",
    "textract.amazonaws.com": "textract/latest/dg/cross-service-confused-deputy-prevention.html",
    "transcribe.amazonaws.com": "transcribe/latest/dg/security-iam-confused-deputy.html",
    "transfer.amazonaws.com": "transfer/latest/userguide/confused-deputy.html",
    "vpc-flow-logs.amazonaws.com": "vpc/latest/userguide/flow-logs-iam-role.html",
}


def of_this_account(
    service: str, scope: IConstruct, conditions: Mapping[str, Mapping[str, str]] | None = None
) -> iam.ServicePrincipal:
    """Return a service that acts on behalf of this account, or of what ``conditions`` name."""
    held = conditions or {"StringEquals": {"aws:SourceAccount": account_of(scope)}}
    principal = iam.ServicePrincipal(service, conditions=held)
    _HELD.add(principal)
    return principal


def for_this_account(principal: iam.IPrincipal, stack: cdk.Stack) -> iam.IPrincipal:
    """Add the condition to a service that sends its source, unless the caller has set conditions already."""
    if (
        principal in _HELD
        or not isinstance(principal, iam.ServicePrincipal)
        or principal.service not in SOURCED_SERVICES
    ):
        return principal
    if principal.policy_fragment.conditions:
        return principal
    return principal.with_conditions({"StringEquals": {"aws:SourceAccount": account_of(stack)}})


# What needs no second look, for which Node would be asked.
_HELD: WeakSet[iam.IPrincipal] = WeakSet()
