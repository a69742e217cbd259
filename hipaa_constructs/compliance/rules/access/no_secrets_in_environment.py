"""Environment variables, options, user data, what cfn-init reads and outputs hold no secrets.

Whoever may describe the function, task, instance or stack can read them. Compliant: variables that point to a secret,
and the ``Secrets`` of a container; an access key or a client of a user pool whose secret no output shows.
Non-compliant: a literal under a name such as DB_PASSWORD or API_TOKEN; an AWS key, which is told with the secret key
and session token beside it, a private key, token or password in any value or in user data; users with their passwords,
such as REGISTERED_USERS, and secrets in JSON; a value that CloudFormation fills in with a secret, from a ``NoEcho``
parameter or one that is named as a secret, by ``{{resolve:secretsmanager:…}}``, from an access key or a client of a
user pool, or from an export of another stack or a parameter of Systems Manager whose name ends in a word for passwords;
an output that shows the secret of one of these. A warning: an API key of AppSync, the hash of a user's password, and a
token under such a name. It is said once a template of functions that hold the same, such as by AWS SAM's ``Globals``.
Not applicable: a resource without variables, user data or ``AWS::CloudFormation::Init``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import as_mapping
from hipaa_constructs.cloudformation.written import Source, Written, alternatives
from hipaa_constructs.compliance.facts.aws_credentials import credentials_of_aws, is_named_for_aws
from hipaa_constructs.compliance.facts.functions import FUNCTION
from hipaa_constructs.compliance.facts.literal_secrets import BY_DEFAULT, SECRET_ATTRIBUTES, judge_exposed, shown
from hipaa_constructs.compliance.facts.outside_secrets import with_change
from hipaa_constructs.compliance.facts.said_once import say_once
from hipaa_constructs.compliance.facts.startup import AUTHENTICATION, INIT, read_by_init, user_data
from hipaa_constructs.compliance.facts.startup import TYPES as STARTING
from hipaa_constructs.compliance.facts.variables import VARIABLES, variables
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Outcome, Rule, Verdict, failed, listed, worst

# What cfn-init reads, CloudFormation shows to everybody who may describe the stack, NoEcho parameters too:
# docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
_SECTIONS = (AUTHENTICATION, INIT)
# What is said of text of which the name of its variable alone says that it is a secret.
_SOME_SECRET = "holds a secret in plain text."
# How credentials of AWS are told by themselves.
_OF_AWS = ("an AWS access key id", "a session token of AWS", ".SecretAccessKey")


def _variables(resource: Resource, path: str) -> Iterator[tuple[str, Written]]:
    for name, template, value in variables(resource, path):
        yield from ((name, written) for written in alternatives(template, value))


def _outputs(resource: Resource) -> Iterator[Verdict]:
    """Judge what outputs of the stack show of a resource that has a secret to give."""
    secret = f"{resource.logical_id}.{SECRET_ATTRIBUTES[resource.type]}"
    for name, output in as_mapping(resource.template.body.get("Outputs")).items():
        ways = alternatives(resource.template, as_mapping(output).get("Value"))
        if any(isinstance(part, Source) and part.attribute == secret for way in ways for part in way):
            yield failed(f"Output {name} shows {secret} to everyone who may describe the stack.", at="")


def check(resource: Resource) -> Verdict:
    return say_once(resource, _judge, (FUNCTION,), _held) if resource.type == FUNCTION else _judge(resource)


def _held(function: Resource) -> object:
    """Return what those have in common that are told together: what is said of them."""
    return _judge(function).message


def _judge(resource: Resource) -> Verdict:
    if resource.type in SECRET_ATTRIBUTES:
        return worst((PASSED, *_outputs(resource)))
    return worst(verdict for _, verdict in _told(resource))


def _told(resource: Resource) -> list[tuple[bool, Verdict]]:
    """Return what is said of a resource's variables, each with whether it is said of credentials of AWS."""
    found = [pair for path in VARIABLES.get(resource.type, ()) for pair in _variables(resource, path)]
    found += [("UserData", written) for written in user_data(resource)]
    judged = [(name, written, judge_exposed(written, name)) for name, written in found]
    # The default of a parameter is said by that.
    defaults = {pair for name, written, verdict in judged for pair in _defaults(name, written, verdict)}
    told = [
        (name, verdict)
        for name, written, verdict in judged
        if (name, shown(written)) not in defaults or not verdict.message.endswith(_SOME_SECRET)
    ]
    held = credentials_of_aws(found)
    if len(held) == 1 and any(name in held and verdict.outcome is Outcome.FAILED for name, verdict in told):
        held = []  # said by what it is
    told = [(name, verdict) for name, verdict in told if name not in held]
    if resource.type in STARTING:
        told += [
            (name, judge_exposed(written, name, " in Metadata")) for name, written in read_by_init(resource, *_SECTIONS)
        ]
    others = [(is_named_for_aws(name) or any(said in one.message for said in _OF_AWS), one) for name, one in told]
    if not held:
        return others
    hold = "hold" if len(held) > 1 else "holds"
    return [(True, failed(f"{listed(held)} {hold} credentials of AWS in plain text.")), *others]


def _defaults(name: str, written: Written, verdict: Verdict) -> Iterator[tuple[str, str]]:
    """Yield the defaults of parameters that are said to give a variable a secret, each with the variable's name."""
    if verdict.outcome is Outcome.FAILED and len(written) == 1 and isinstance(written[0], Source):
        for template, parameter in written[0].parameters:
            yield name, str(as_mapping(template.parameters[parameter]).get("Default"))


# docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html: the parts behind the ARN are
# the key, the version's stage and its id.
_WITH_KEY = "<the secret's ARN>, and :<the key>:: behind it where the secret is JSON"


def _role_reads(role: str) -> str:
    """Return what the role needs by which a service fills a secret in."""
    return (
        f"{role} may secretsmanager:GetSecretValue on it and, under a key of the account's, kms:Decrypt by that, or "
        "nothing starts."
    )


_BEANSTALK: Mapping[str, Any] = {
    "template": "Its entry in OptionSettings has Namespace: aws:elasticbeanstalk:application:environmentsecrets "
    "and the secret's ARN in Value."
}
# docs.aws.amazon.com/emr/latest/ReleaseGuide/storing-sensitive-data.html
_EMR: Mapping[str, Any] = {"template": "The property is called EMR.secret@<its name>, and has the secret's ARN."}
# Types that fill secrets in by themselves.
_SECRETS: Mapping[str, Mapping[str, Any]] = {
    "AWS::AppRunner::Service": {
        "template": "SourceConfiguration.ImageRepository.ImageConfiguration.RuntimeEnvironmentSecrets has {Name: "
        f"<the name>, Value: {_WITH_KEY}}}. {_role_reads('The role in InstanceConfiguration.InstanceRoleArn')}"
    },
    "AWS::Batch::JobDefinition": {
        "template": f"ContainerProperties.Secrets has {{Name: <the name>, ValueFrom: {_WITH_KEY}}}. "
        f"{_role_reads('The role in ContainerProperties.ExecutionRoleArn')}",
        "cdk": (
            "batch.EcsFargateContainerDefinition(secrets={<the name>: batch.Secret.from_secrets_manager(<a secret>)})",
        ),
    },
    "AWS::CodeBuild::Project": {
        "template": "The entry in Environment.EnvironmentVariables has Type: SECRETS_MANAGER and the secret's name "
        f"in Value, with :<the key> behind it where the secret is JSON. {_role_reads('The role in ServiceRole')}",
        "cdk": (
            "codebuild.Project(environment_variables={<the name>: codebuild.BuildEnvironmentVariable("
            "type=codebuild.BuildEnvironmentVariableType.SECRETS_MANAGER, value=<the secret's name>)})",
        ),
    },
    "AWS::ECS::TaskDefinition": {
        "template": f"Secrets of the container has {{Name: <the name>, ValueFrom: {_WITH_KEY}}}. "
        f"{_role_reads('The role in ExecutionRoleArn')}",
        "cdk": (
            "ecs.TaskDefinition.add_container(<an id>, "
            "secrets={<the name>: ecs.Secret.from_secrets_manager(<a secret>)})",
        ),
    },
    "AWS::ElasticBeanstalk::ConfigurationTemplate": _BEANSTALK,
    "AWS::ElasticBeanstalk::Environment": _BEANSTALK,
    "AWS::EMR::Cluster": _EMR,
    "AWS::EMR::InstanceGroupConfig": _EMR,
    "AWS::EMRServerless::Application": {"template": "The property has EMR.secret@<the secret's name> for its value."},
    "AWS::KafkaConnect::Connector": {
        "template": "ConnectorConfiguration has ${secretManager:<the secret's name>:<the key>}, and the worker "
        "configuration a provider that looks it up.",
    },
    FUNCTION: {
        "template": "Environment.Variables has the secret's ARN, and the function reads the secret when it starts.",
        "cdk": ('lambda_.Function(environment={"SECRET_ARN": <the secret\'s ARN>})',),
    },
}


# Where a resource names the role that its program acts by.
_ROLES: Mapping[str, str] = {
    "AWS::AppRunner::Service": "InstanceConfiguration.InstanceRoleArn",
    "AWS::Batch::JobDefinition": "ContainerProperties.JobRoleArn",
    "AWS::CodeBuild::Project": "ServiceRole",
    "AWS::ECS::TaskDefinition": "TaskRoleArn",
    "AWS::EMR::Cluster": "JobFlowRole",
    "AWS::Glue::Job": "Role",
    "AWS::KafkaConnect::Connector": "ServiceExecutionRoleArn",
    "AWS::MWAA::Environment": "ExecutionRoleArn",
    "AWS::SageMaker::Model": "ExecutionRoleArn",
    "AWS::Synthetics::Canary": "ExecutionRoleArn",
    FUNCTION: "Role",
}


def _by_role(kind: str) -> str:
    """Return what to do with credentials of AWS, which no secret has to hold: a role gives them for hours alone."""
    what = "script" if kind in STARTING else "variables"
    role = f"the role in {_ROLES[kind]}" if kind in _ROLES else "the role of its instances or jobs"
    return (
        f"The access key leaves the {what}: {role} has its rights, and the SDKs of AWS find that by themselves. "
        "Deactivate the key, which others may have read."
    )


# What is the default of a parameter stays in the history of the template.
_NO_DEFAULT = (
    "The parameter has no Default; change the secret at its vendor, or where else it is from, since those who have "
    "read the template know it."
)


def _for_what_is_shown(fix: Fix) -> Fix:
    """Return a fix that says of a resource too what becomes of credentials of AWS and of defaults of parameters."""

    def tailor(general: Fix, resource: Resource) -> Fix:
        found = [(of_aws, verdict) for of_aws, verdict in _told(resource) if verdict.outcome is Outcome.FAILED]
        own, said = fix, _NO_DEFAULT
        if any(of_aws for of_aws, _ in found):
            own = Fix(fix.resource_types) if all(of_aws for of_aws, _ in found) else fix
            said = _by_role(resource.type)
        elif not any(BY_DEFAULT in verdict.message for _, verdict in found):
            return general
        return replace(own, beside=f"{own.beside} {said}".strip())

    return replace(with_change(fix), tailor=tailor)


def _pointing(kind: str, paths: Sequence[str]) -> Fix:
    return Fix(
        (kind,),
        beside=f"{paths[0].removesuffix('[]')} has the secret's ARN, and the program reads the secret when it starts.",
    )


_OF_VARIABLES = tuple(
    Fix((kind,), **_SECRETS[kind]) if kind in _SECRETS else _pointing(kind, paths) for kind, paths in VARIABLES.items()
)
_OF_START = Fix(
    STARTING,
    template="The script in UserData, or what cfn-init reads, calls aws secretsmanager get-secret-value by the "
    "instance role.",
    cdk=("ec2.UserData.add_commands(<a call of aws secretsmanager get-secret-value>)",),
)

RULE = Rule(
    name="NoSecretsInEnvironment",
    severity="error",
    resource_types=(*VARIABLES, *STARTING, *SECRET_ATTRIBUTES),
    controls=("164.308(a)(5)(ii)(D)", "164.312(a)(1)"),
    fix="Pass where the secret is, and read it at run time.",
    fixes=(
        *map(_for_what_is_shown, (*_OF_VARIABLES, _OF_START)),
        Fix(
            ("AWS::Cognito::UserPoolClient",),
            beside="No output has ClientSecret; what signs in reads it by cognito-idp:DescribeUserPoolClient.",
        ),
        Fix(
            ("AWS::IAM::AccessKey",),
            beside="No output has SecretAccessKey; what needs it takes a role, or reads it from an "
            "AWS::SecretsManager::Secret.",
            constructs=("LeastPrivilegeRole",),
        ),
    ),
    check=check,
)
