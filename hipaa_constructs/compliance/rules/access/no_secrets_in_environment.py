"""Environment variables, options and user data hold no secrets.

Whoever may describe the function, task or instance can read them. Compliant: variables that point to a
secret, and the ``Secrets`` of a container. Non-compliant: a literal under a name such as DB_PASSWORD or
API_TOKEN; an AWS key, private key, token or password in any value or in user data. Not applicable: a resource
without variables or user data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import spread
from hipaa_constructs.compliance.facts.literal_secrets import is_literal, is_secret_name, looks_like_secret, secret_in
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


def _variables(resource: Resource) -> Iterator[tuple[str, Any]]:
    for item in spread(resource.properties, _MAPS[resource.type]):
        if not isinstance(item, Mapping):
            continue
        if not _MAPS[resource.type].endswith("[]"):
            yield from ((str(name), value) for name, value in item.items())
        elif item.get("Type", "PLAINTEXT") == "PLAINTEXT":
            name = item.get("Name", item.get("OptionName"))
            yield str(name), item.get("Value")


def _judge(name: str, value: Any) -> Verdict:
    kind = secret_in(value)
    if kind is not None:
        return failed(f"{name} holds {kind} in clear.")
    if is_secret_name(name) and is_literal(value) and looks_like_secret(str(value)):
        return failed(f"{name} holds a secret in clear.")
    return PASSED


def check(resource: Resource) -> Verdict:
    if resource.type in _TEXTS:
        data = resource.get(_TEXTS[resource.type])
        return worst([] if data is None else [_judge("UserData", data)])
    return worst(_judge(name, value) for name, value in _variables(resource))


RULE = Rule(
    name="NoSecretsInEnvironment",
    severity="error",
    resource_types=(*_MAPS, *_TEXTS),
    controls=("164.308(a)(5)(ii)(D)", "164.312(a)(1)"),
    fix="Pass the secret's ARN and read it at run time, or use ecs.Secret / SECRETS_MANAGER variables.",
    check=check,
)
