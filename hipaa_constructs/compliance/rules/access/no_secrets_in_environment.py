"""Environment variables, options and user data hold no secrets.

Whoever may describe the function, task or instance can read them. Compliant: variables that point to a
secret, and the ``Secrets`` of a container. Non-compliant: a literal under a name such as DB_PASSWORD or
API_TOKEN; an AWS key, private key, token or password in any value or in user data. Not applicable: a resource
without variables or user data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hipaa_constructs.cloudformation.model import Resource, Template
from hipaa_constructs.cloudformation.values import function_of
from hipaa_constructs.cloudformation.written import Written, alternatives, places, written_at
from hipaa_constructs.compliance.facts.literal_secrets import (
    is_literal,
    is_secret_name,
    looks_like_secret,
    secret_in,
    shown,
)
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, worst

# Maps of names to values; lists of items with a name and a value; plain texts.
_MAPS: Mapping[str, str] = {
    "AWS::Amplify::App": "EnvironmentVariables[]",
    "AWS::Amplify::Branch": "EnvironmentVariables[]",
    "AWS::AppRunner::Service": "SourceConfiguration.ImageRepository.ImageConfiguration.RuntimeEnvironmentVariables[]",
    "AWS::Batch::JobDefinition": "ContainerProperties.Environment[]",
    "AWS::CodeBuild::Project": "Environment.EnvironmentVariables[]",
    "AWS::ECS::TaskDefinition": "ContainerDefinitions[].Environment[]",
    "AWS::ElasticBeanstalk::ConfigurationTemplate": "OptionSettings[]",
    "AWS::ElasticBeanstalk::Environment": "OptionSettings[]",
    "AWS::Glue::Job": "DefaultArguments",
    "AWS::Lambda::Function": "Environment.Variables",
    "AWS::SageMaker::Model": "PrimaryContainer.Environment",
}
_TEXTS: Mapping[str, str] = {
    "AWS::AutoScaling::LaunchConfiguration": "UserData",
    "AWS::EC2::Instance": "UserData",
    "AWS::EC2::LaunchTemplate": "LaunchTemplateData.UserData",
}


def _variables(resource: Resource) -> Iterator[tuple[str, Written]]:
    path = _MAPS[resource.type]
    for template, item in places(resource.template, resource.raw.get("Properties"), path):
        if function_of(item)[0] or not isinstance(item, Mapping):
            continue
        if not path.endswith("[]"):
            found = [(str(name), value) for name, value in item.items()]
        elif "PLAINTEXT" in _texts(template, item.get("Type", "PLAINTEXT")):
            names = _texts(template, item.get("Name", item.get("OptionName")))
            found = [(name, item.get("Value")) for name in names]
        else:
            continue
        for name, value in found:
            yield from ((name, written) for written in alternatives(template, value))


def _texts(template: Template, value: Any) -> Sequence[str]:
    return [shown(written) for written in alternatives(template, value)]


def _judge(name: str, written: Written) -> Verdict:
    value = shown(written)
    kind = secret_in(value)
    if kind is not None:
        return failed(f"{name} holds {kind} in plain text.")
    if is_secret_name(name) and is_literal(written) and looks_like_secret(value):
        return failed(f"{name} holds a secret in plain text.")
    return PASSED


def check(resource: Resource) -> Verdict:
    if resource.type in _TEXTS:
        return worst(_judge("UserData", written) for written in written_at(resource, _TEXTS[resource.type]))
    return worst(_judge(name, written) for name, written in _variables(resource))


_BEANSTALK: Mapping[str, Any] = {
    "in_words": "Its entry in OptionSettings has Namespace: aws:elasticbeanstalk:application:environmentsecrets "
    "and the secret's ARN in Value."
}
# Types that fill secrets in by themselves.
_SECRETS: Mapping[str, Mapping[str, Any]] = {
    "AWS::AppRunner::Service": {
        "in_words": "SourceConfiguration.ImageRepository.ImageConfiguration.RuntimeEnvironmentSecrets has {Name: "
        "<the name>, Value: <the secret's ARN>}."
    },
    "AWS::Batch::JobDefinition": {
        "in_words": "ContainerProperties.Secrets has {Name: <the name>, ValueFrom: <the secret's ARN>}.",
        "cdk": (
            "batch.EcsFargateContainerDefinition(secrets={<the name>: batch.Secret.from_secrets_manager(<a secret>)})",
        ),
    },
    "AWS::CodeBuild::Project": {
        "in_words": "The entry in Environment.EnvironmentVariables has Type: SECRETS_MANAGER and the secret's name "
        "in Value.",
        "cdk": (
            "codebuild.Project(environment_variables={<the name>: codebuild.BuildEnvironmentVariable("
            "type=codebuild.BuildEnvironmentVariableType.SECRETS_MANAGER, value=<the secret's name>)})",
        ),
    },
    "AWS::ECS::TaskDefinition": {
        "in_words": "Secrets of the container has {Name: <the name>, ValueFrom: <the secret's ARN>}.",
        "cdk": (
            "ecs.TaskDefinition.add_container(<an id>, "
            "secrets={<the name>: ecs.Secret.from_secrets_manager(<a secret>)})",
        ),
    },
    "AWS::ElasticBeanstalk::ConfigurationTemplate": _BEANSTALK,
    "AWS::ElasticBeanstalk::Environment": _BEANSTALK,
    "AWS::Lambda::Function": {
        "in_words": "Environment.Variables has the secret's ARN, and the function reads the secret when it starts.",
        "cdk": ('lambda_.Function(environment={"SECRET_ARN": <the secret\'s ARN>})',),
    },
}


def _pointing(kind: str, path: str) -> Fix:
    return Fix(
        (kind,),
        beside=f"{path.removesuffix('[]')} has the secret's ARN, and the program reads the secret when it starts.",
    )


RULE = Rule(
    name="NoSecretsInEnvironment",
    severity="error",
    resource_types=(*_MAPS, *_TEXTS),
    controls=("164.308(a)(5)(ii)(D)", "164.312(a)(1)"),
    fix="Pass where the secret is, and read it at run time.",
    fixes=(
        *(
            Fix((kind,), **_SECRETS[kind]) if kind in _SECRETS else _pointing(kind, path)
            for kind, path in _MAPS.items()
        ),
        *(
            Fix(
                (kind,),
                in_words=f"The script in {path} calls aws secretsmanager get-secret-value by the instance role.",
                cdk=("ec2.UserData.add_commands(<a call of aws secretsmanager get-secret-value>)",),
            )
            for kind, path in _TEXTS.items()
        ),
    ),
    check=check,
)
