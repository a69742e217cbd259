"""Services assume roles on behalf of this account only.

Compliant: the trust of a service that names its source is tied to an account, an organization or a source; that of
Cognito, which sends text messages by the role, to an external id. Non-compliant: it is not, so that the service can be
used from another account as a deputy (docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html). Not applicable:
services that state no source when they take a role, such as CloudTrail for its log group and Lambda; for these a
condition would stop everything; the execution roles of ECS tasks, by which ECS itself starts them and whose
documentation shows no condition (docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html),
unless they read secrets, parameters or files for the containers: ECS takes them for an account as it takes those of
tasks, and AWS's own instructions for Step Functions and Fargate in github.com/aws/agent-toolkit-for-aws hold both to
it; roles that no policy lets do anything, neither one of their own nor that of a resource in the template; roles that
AWS SAM makes, into which its templates write no condition, so that few could mend it
(docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-statemachine.html).
ServiceAccessScoped asks the same of keys, buckets, topics, queues and the like. It is said once a template for all
roles, whatever services take them: a role can be handed to a service of its own account alone
(docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html), so that the condition, which AWS advises, is a
second bar behind that one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, Ternary, Unknown, as_text, spread
from hipaa_constructs.compliance.facts.containers import TASK
from hipaa_constructs.compliance.facts.made_by_sam import is_made_by_sam
from hipaa_constructs.compliance.facts.mentions import users_in_template
from hipaa_constructs.compliance.facts.said_once import say_once
from hipaa_constructs.compliance.facts.statements import judge_allows
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown, worst
from hipaa_constructs.iam.document import Statement, matches, policy_at
from hipaa_constructs.iam.locations import RESOURCE_POLICIES, TRUST_POLICY
from hipaa_constructs.iam.roles import documents_of, may_do_something

# Their documentation shows the condition in a role's trust policy:
# docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html,
# docs.aws.amazon.com/bedrock/latest/userguide/cross-service-confused-deputy-prevention.html,
# docs.aws.amazon.com/datasync/latest/userguide/cross-service-confused-deputy-prevention.html,
# docs.aws.amazon.com/dms/latest/userguide/cross-service-confused-deputy-prevention.html,
# docs.aws.amazon.com/healthimaging/latest/devguide/cross-service-confused-deputy-prevention.html,
# docs.aws.amazon.com/healthlake/latest/devguide/getting-started-setting-up.html,
# docs.aws.amazon.com/iot/latest/developerguide/cross-service-confused-deputy-prevention.html,
# docs.aws.amazon.com/lake-formation/latest/dg/cross-service-confused-deputy-prevention.html,
# docs.aws.amazon.com/personalize/latest/dg/cross-service-confused-deputy-prevention.html,
# docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html,
# docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html,
# docs.aws.amazon.com/transfer/latest/userguide/confused-deputy.html,
# docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html#USER_Monitoring.OS.confused-deputy,
# docs.aws.amazon.com/rekognition/latest/dg/cross-service-confused-deputy-prevention.html,
# docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html,
# docs.aws.amazon.com/systems-manager/latest/userguide/cross-service-confused-deputy-prevention.html,
# docs.aws.amazon.com/textract/latest/dg/cross-service-confused-deputy-prevention.html,
# docs.aws.amazon.com/transcribe/latest/dg/security-iam-confused-deputy.html,
# docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html,
# docs.aws.amazon.com/appsync/latest/devguide/attaching-a-data-source.html,
# docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-sms-settings.html,
# docs.aws.amazon.com/AmazonRDS/latest/UserGuide/oracle-s3-integration.preparing.html.
# CodeBuild, CodeDeploy and EventBridge document it too, and the CDK makes the roles of their projects, groups and
# targets without, which few could mend. Redshift's shows external ids of its database users alone, and Firehose's none.
_COGNITO = "cognito-idp.amazonaws.com"
SERVICES = (
    _COGNITO,
    *(
        f"{name}.amazonaws.com"
        for name in (
            "appsync",
            "bedrock",
            "datasync",
            "dms",
            "ecs-tasks",
            "healthlake",
            "iot",
            "lakeformation",
            "medical-imaging",
            "monitoring.rds",
            "personalize",
            "rds",
            "rekognition",
            "sagemaker",
            "scheduler",
            "ssm",
            "states",
            "textract",
            "transcribe",
            "transfer",
            "vpc-flow-logs",
        )
    ),
)
# What the role needs to start tasks (docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html).
_STARTS = "/AmazonECSTaskExecutionRolePolicy"
# What ECS reads by it for the containers, and the key of that:
# docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
_READ_FOR_CONTAINERS = (
    "kms:Decrypt",
    "s3:GetObject",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
    "ssm:GetParameters",
)
# The name of a service in one Region, by which it is the same service:
# docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html has states.<Region>.amazonaws.com.
_REGIONAL = re.compile(r"(.+)\.(?:\$\{\??AWS::Region\}|[a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com")
_TYING = ("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths")


def _service(principal: Resolved) -> str | None:
    """Return which of the services above a principal is, also by its name in one Region; None if none."""
    if not isinstance(principal, str):
        return None
    regional = _REGIONAL.fullmatch(principal)
    name = f"{regional.group(1)}.amazonaws.com" if regional else str(principal)
    return name if name in SERVICES else None


def _judge(statement: Statement) -> Iterator[Verdict]:
    if any(condition.key in _TYING for condition in statement.known_conditions()):
        return
    unclear = any(isinstance(condition, Unknown) for condition in statement.conditions)
    where = f"statement {statement.name}"
    for kind, value in statement.principals:
        service = _service(value) if kind == "Service" else None
        if service is None:
            continue
        if service != _COGNITO or not any(statement.compared("sts:externalid")):
            yield (
                unknown(f"The conditions for {value} are known only at deployment ({where}).")
                if unclear
                else failed(
                    f"{value} takes the role on whatever account's behalf it acts: no condition holds it to this one "
                    f"({where}).",
                    at=TRUST_POLICY,
                )
            )


def _starts_tasks_alone(role: Resource) -> bool:
    """Whether ECS takes a role to start tasks, for which it reads nothing but images, and no task does."""
    app = role.template.app
    if app.referring(role, TASK, "TaskRoleArn") or _reads_for_containers(role):
        return False
    given = (as_text(arn) for arn in spread(role.properties, "ManagedPolicyArns[]"))
    return bool(app.referring(role, TASK, "ExecutionRoleArn")) or any(str(arn).endswith(_STARTS) for arn in given)


def _reads_for_containers(role: Resource) -> bool:
    """Whether a policy of a role certainly lets it read what containers are given."""
    policies = (policy for policy in documents_of(role, with_boundary=False) if not isinstance(policy, Unknown))
    return any(
        statement.allows is Ternary.YES and matches(action, read)
        for policy in policies
        for statement in policy
        for action in statement.actions
        for read in _READ_FOR_CONTAINERS
    )


def _is_let_in(role: Resource) -> bool:
    """Whether the policy of a resource names a role, which may let it do what no policy of its own does."""
    return any(user.type in RESOURCE_POLICIES for user in users_in_template(role))


def _trust(resource: Resource) -> Verdict:
    if (
        is_made_by_sam(resource)
        or _starts_tasks_alone(resource)
        or not (may_do_something(resource) or _is_let_in(resource))
    ):
        return NOT_APPLICABLE
    return worst((PASSED, judge_allows([policy_at(resource, TRUST_POLICY)], "The trust policy", _judge)))


def check(resource: Resource) -> Verdict:
    return say_once(resource, _trust, ("AWS::IAM::Role",))


RULE = Rule(
    name="ServicesActForAccount",
    severity="warning",
    resource_types=("AWS::IAM::Role",),
    controls=("164.308(a)(4)(ii)(B)", "164.312(a)(1)"),
    fix="Let the service take the role for this account only.",
    fixes=(
        Fix(
            template="The statement of AssumeRolePolicyDocument, of that service alone, has a Condition {StringEquals: "
            "{aws:SourceAccount: ${AWS::AccountId}}}, or one on aws:SourceArn.",
            cdk=(
                "iam.Role(assumed_by=iam.ServicePrincipal(<the service>, "
                'conditions={"StringEquals": {"aws:SourceAccount": <the account>}}))',
            ),
        ),
    ),
    check=check,
)
