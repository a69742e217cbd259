"""Stages of REST APIs that a deployment makes beside the API's own."""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, is_present
from hipaa_constructs.compliance.fix import Fix

_DEPLOYMENT, _STAGE = "AWS::ApiGateway::Deployment", "AWS::ApiGateway::Stage"


def makes_no_stage(deployment: Resource) -> bool:
    """Whether a deployment names no stage to make, so that what it describes of one is for nothing."""
    return deployment.get("StageName") is None


def is_beside_a_stage(deployment: Resource) -> bool:
    """Whether a deployment makes a stage by ``StageName`` though a stage that stands apart deploys it as well.

    docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-deployment.html
    """
    if deployment.type != _DEPLOYMENT or is_present(deployment.get("StageName")) is not Ternary.YES:
        return False
    return bool(deployment.template.app.referring(deployment, _STAGE, "DeploymentId"))


# One stage fewer does what each of the rules asks of it.
NO_SECOND_STAGE = Fix(
    (_DEPLOYMENT,),
    template="Without StageName the deployment makes no second stage: an AWS::ApiGateway::Stage names it in "
    "DeploymentId already.",
    when=is_beside_a_stage,
)
