"""Environment variables, options and user data hold no secrets.

Whoever may describe the function, task or instance can read them. Compliant: variables that point to a
secret, and the ``Secrets`` of a container. Non-compliant: a literal under a name such as DB_PASSWORD or
API_TOKEN; an AWS key, private key, token or password in any value or in user data. Not applicable: a resource
without variables or user data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hipaa_constructs._secret_texts import is_secret_name, looks_like_secret, secret_in
from hipaa_constructs.cloudformation.model import Resource, Template
from hipaa_constructs.cloudformation.values import function_of
from hipaa_constructs.cloudformation.written import Written, alternatives, places, written_at
from hipaa_constructs.compliance.facts.literal_secrets import (
    is_literal,
    shown,
)
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
        return failed(f"{name} holds {kind} in clear.")
    if is_secret_name(name) and is_literal(written) and looks_like_secret(value):
        return failed(f"{name} holds a secret in clear.")
    return PASSED


def check(resource: Resource) -> Verdict:
    if resource.type in _TEXTS:
        return worst(_judge("UserData", written) for written in written_at(resource, _TEXTS[resource.type]))
    return worst(_judge(name, written) for name, written in _variables(resource))


RULE = Rule(
    name="NoSecretsInEnvironment",
    severity="error",
    resource_types=(*_MAPS, *_TEXTS),
    controls=(
        "164.308(a)(3)(i)",
        "164.308(a)(4)(ii)(A)",
        "164.308(a)(4)(ii)(C)",
        "164.308(a)(5)(ii)(D)",
        "164.312(a)(1)",
    ),
    fix="Pass the secret's ARN and read it at run time, or use ecs.Secret / SECRETS_MANAGER variables.",
    check=check,
)
