"""Machines deliver their logs to where they stay.

What a machine writes stays on its own disk, where whoever gets in can change it, and goes with the machine; an agent
delivers it (docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Install-CloudWatch-Agent.html). Judged are instances
and the machines of a group whose start the template shows, in user data or by cfn-init. Compliant: what they start
with, or a document or an association of Systems Manager of the app, names an agent that delivers logs, of CloudWatch or
another, or their role may write logs. Non-compliant: neither is so; a warning, once a template, since their image may
have such an agent of a vendor's own. Where cfn-init is told of a resource without metadata for it, it sets up nothing.
Not applicable: no start is shown, or it runs what it fetches from elsewhere; a group that CodeDeploy of the app brings
to what its template shows as little (docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file.html); a
role, a launch template or a policy that the app does not have; nodes of ECS and EKS, whose containers have logs of
their own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from hipaa_constructs._secret_texts import decoded
from hipaa_constructs.cloudformation.model import App, Resource, Template
from hipaa_constructs.cloudformation.values import Ternary, Unknown, is_present, spread
from hipaa_constructs.compliance.facts.instances import INSTANCE
from hipaa_constructs.compliance.facts.launch_templates import LAUNCH_TEMPLATE, launch_template, launchers_of
from hipaa_constructs.compliance.facts.literal_secrets import shown
from hipaa_constructs.compliance.facts.machine_images import runs_ecs, runs_eks
from hipaa_constructs.compliance.facts.said_once import say_once
from hipaa_constructs.compliance.facts.startup import INIT, of_line, of_text, read_by_init, user_data
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed
from hipaa_constructs.iam.managed import managed_by_aws
from hipaa_constructs.iam.roles import documents_of

_GROUP, _PROFILE, _ROLE = "AWS::AutoScaling::AutoScalingGroup", "AWS::IAM::InstanceProfile", "AWS::IAM::Role"
_TYPES = (INSTANCE, _GROUP)
_PROFILES: Mapping[str, Sequence[str]] = {
    "AWS::AutoScaling::LaunchConfiguration": ("IamInstanceProfile",),
    INSTANCE: ("IamInstanceProfile",),
    LAUNCH_TEMPLATE: ("LaunchTemplateData.IamInstanceProfile.Arn", "LaunchTemplateData.IamInstanceProfile.Name"),
}
# What sets machines up beside their start.
_SETS_UP = (
    "AWS::ImageBuilder::Component",
    "AWS::ImageBuilder::ImageRecipe",
    "AWS::SSM::Association",
    "AWS::SSM::Document",
    "AWS::SSM::MaintenanceWindowTask",
)
_AGENT = re.compile(
    r"amazon-?cloudwatch|cloudwatch-?agent|awslogs|put-log-events|watchtower|fluent-?(bit|d)?\b|td-agent|syslog|"
    r"journal-upload|\bvector\b|data-?dog|\bdd-agent|\bDD_API_KEY|splunk|\w+beat\b|logstash|elastic-agent|promtail|"
    r"\bloki\b|\balloy\b|new-?relic|sumo-?logic|wazuh|ossec|nxlog|papertrail|logdna|mezmo|loggly|otel|opentelemetry|"
    r"kinesis-agent|graylog|gelf|dynatrace|azuremonitor|lacework|crowdstrike|falcon|coralogix|logz|scalyr",
    re.IGNORECASE,
)
# Runs what the template does not show: what it fetches, or what deployment fills in.
_FETCHED = re.compile(
    r"\|\s*(sudo\s+)?(\S*/)?(ba|z|da)?sh\b|\baws\s+s3\s+(cp|sync)\b|\b(ansible|chef|puppet|salt)\b|"
    r"\biex\b|Invoke-Expression|\b(ba)?sh\s+<\(|\bterraform\b|\bcfn-init\b|"
    r"^\s*\$\{[^}]*\}\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_OF_RESOURCE = re.compile(r"\bcfn-init\b[^\n;&|]*?\s(?:-r|--resource)[\s=]+[\"']?(\w+)")
_WRITES = ("logs:PutLogEvents", "firehose:PutRecordBatch", "kinesis:PutRecords")
# Policies of AWS's own that let nobody write logs: docs.aws.amazon.com/aws-managed-policy/latest/reference.
_NO_LOGS = frozenset(
    {
        "AmazonBedrockFullAccess",
        "AmazonDynamoDBFullAccess",
        "AmazonEC2ContainerRegistryPowerUser",
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonEC2ContainerRegistryReadOnly",
        "AmazonEC2ReadOnlyAccess",
        "AmazonS3FullAccess",
        "AmazonS3ReadOnlyAccess",
        "AmazonSQSFullAccess",
        "AmazonSSMManagedInstanceCore",
        "AmazonSSMPatchAssociation",
        "SecretsManagerReadWrite",
    }
)


def check(resource: Resource) -> Verdict:
    return say_once(resource, _judge, _TYPES)


def _judge(resource: Resource) -> Verdict:
    parts = list(_parts(resource))
    texts = [text for part in parts for text in _texts(part)]
    if not parts or not texts or any(runs_ecs(part) or runs_eks(part) for part in parts):
        return NOT_APPLICABLE
    if any(map(_names_agent, texts)) or resource.template.app.cached("what sets up machines to log", _any_set_up):
        return PASSED
    shows_init = any(part.metadata.get(INIT) is not None for part in parts)
    if any(_is_fetched(text, resource.template, shows_init=shows_init) for text in texts):
        return NOT_APPLICABLE
    if resource.template.app.referring(resource, "AWS::CodeDeploy::DeploymentGroup", "AutoScalingGroups"):
        return NOT_APPLICABLE
    writes = _may_write(parts)
    if writes is not Ternary.NO:
        return PASSED if writes is Ternary.YES else NOT_APPLICABLE
    return failed(
        "Nothing that it starts with delivers its logs, and no role lets it write any, so they stay on the machine, "
        "unless its image delivers them.",
        at="",
    )


def _parts(resource: Resource) -> Iterator[Resource]:
    """Yield a machine or a group and what of the app it is started by; nothing if that is not of the app."""
    if resource.type == _GROUP:
        launchers = list(launchers_of(resource))
        yield from (resource, *launchers) if launchers else ()
        return
    named = resource.get("LaunchTemplate")
    launcher = launch_template(named, resource.template.app) if named is not None else None
    if named is None or launcher is not None:
        yield from (resource, *(one for one in (launcher,) if one is not None))


def _texts(part: Resource) -> Iterator[str]:
    for written in (*user_data(part), *(one for _, one in read_by_init(part, INIT))):
        text = shown(written)
        text = decoded(text) or text
        if any(line.strip() and not line.lstrip().startswith("#") for line in text.splitlines()):
            yield text


def _is_fetched(text: str, template: Template, *, shows_init: bool) -> bool:
    shown_by_init = shows_init or _sets_up_nothing(text, template)
    return any(found != "cfn-init" or not shown_by_init for found in _fetches(text))


@of_text
def _names_agent(text: str) -> bool:
    return any(map(_is_of_agent, text.splitlines()))


@of_line
def _is_of_agent(line: str) -> bool:
    return _AGENT.search(line) is not None


@of_text
def _fetches(text: str) -> Sequence[str]:
    """Return the words by which a text runs what it fetches."""
    return tuple(found[0] for found in _FETCHED.finditer(text))


def _sets_up_nothing(text: str, template: Template) -> bool:
    """Whether cfn-init reads the metadata of resources of the template alone, and these have none for it."""
    text = text.replace("\\\n", " ")
    named = [template.resources.get(name) for name in _OF_RESOURCE.findall(text)]
    runs = [found for found in _fetches(text) if found == "cfn-init"]
    return len(named) == len(runs) and all(one is not None and one.metadata.get(INIT) is None for one in named)


def _any_set_up(app: App) -> bool:
    texts = (json.dumps(one.raw.get("Properties"), default=str) for one in app.of_type(*_SETS_UP))
    return any(map(_AGENT.search, texts))


def _may_write(parts: Sequence[Resource]) -> Ternary:
    """Whether the role of a machine lets it write logs; unknown where the app does not have all of it."""
    for part in parts:
        for path in _PROFILES.get(part.type, ()):
            named = part.get(path)
            if is_present(named) is not Ternary.NO:
                profile = part.template.target(named, _PROFILE)
                roles = (
                    [part.template.target(one, _ROLE) for one in spread(profile.properties, "Roles[]")]
                    if profile
                    else []
                )
                role = roles[0] if roles else None
                return _role_writes(role) if role is not None else Ternary.UNKNOWN
    return Ternary.NO


def _role_writes(role: Resource) -> Ternary:
    managed = list(managed_by_aws(role))
    documents = list(documents_of(role, with_boundary=False))
    statements = [one for document in documents if not isinstance(document, Unknown) for one in document]
    if any(
        one.allows is not Ternary.NO and one.covers_action(action) is Ternary.YES
        for one in statements
        for action in _WRITES
    ):
        return Ternary.YES
    told = not any(isinstance(document, Unknown) for document in documents) and _NO_LOGS.issuperset(managed)
    unsure = any(one.covers_action(action) is Ternary.UNKNOWN for one in statements for action in _WRITES)
    return Ternary.NO if told and not unsure else Ternary.UNKNOWN


RULE = Rule(
    name="MachinesLogged",
    severity="warning",
    resource_types=_TYPES,
    controls=("164.312(b)",),
    fix="Deliver the logs of machines, of the system and of what runs there, by an agent.",
    fixes=(
        Fix(
            template="What it starts with installs and configures amazon-cloudwatch-agent, or an AWS::SSM::Association "
            "of AWS-ConfigureAWSPackage does, and its role has CloudWatchAgentServerPolicy. Each log group is an "
            "AWS::Logs::LogGroup with KmsKeyId and RetentionInDays.",
            cdk=(
                "ec2.Instance.add_user_data(<what installs and configures amazon-cloudwatch-agent>) and "
                'iam.Role.add_managed_policy(iam.ManagedPolicy.from_aws_managed_policy_name("CloudWatchAgentServerPolicy"))',
            ),
        ),
    ),
    check=check,
    phi_only=True,
)
