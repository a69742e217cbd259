"""What programs connect with asks for TLS.

Judged are environment variables, options, commands, arguments of jobs, code that stands in a template, and connection
strings in parameters and secrets, in whatever branch they stand. Compliant: they say nothing to the contrary.
Non-compliant: TLS turned off (``sslmode=disable``, ``useSSL=false``, ``REDIS_TLS=false``,
``security.protocol=PLAINTEXT``); a scheme that has none (``amqp://``, ``redis://``, ``ftp://`` with a user). Warnings:
TLS only where the other side has it, or without looking at its certificate (``VERIFY_SSL=false``, ``rejectUnauthorized:
false``); LDAP, which may ask for TLS later; the address of a database whose drivers take TLS only when they are told
to, and that are not told; ``http://`` in a variable with what another resource of the app gives, such as the name of a
load balancer, with a name that only the network knows, or with the number of another machine or a port of its own. What
stays on the machine, or names no more than a container beside, is no transfer, nor are origins that a browser may come
from. Not applicable: nothing is given.
ClientTlsRequired judges what services of AWS connect with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hipaa_constructs.cloudformation.model import Resource, Template
from hipaa_constructs.cloudformation.values import as_mapping, function_of
from hipaa_constructs.cloudformation.written import Written, alternatives, places, written_at
from hipaa_constructs.compliance.facts.clear_text import asks_for_none, is_over_http, said_by, said_in, trusts_in_code
from hipaa_constructs.compliance.facts.literal_secrets import shown
from hipaa_constructs.compliance.facts.variables import VARIABLES, variables
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, worst

_MAPS: Mapping[str, Sequence[str]] = {
    **VARIABLES,
    "AWS::Glue::Job": (*VARIABLES["AWS::Glue::Job"], "NonOverridableArguments"),
}
# Texts, and the words of a command.
_TEXTS: Mapping[str, Sequence[str]] = {
    "AWS::Batch::JobDefinition": ("ContainerProperties.Command",),
    "AWS::ECS::TaskDefinition": ("ContainerDefinitions[].Command", "ContainerDefinitions[].EntryPoint"),
    "AWS::EMR::Step": ("HadoopJarStep.Args",),
    "AWS::SSM::Parameter": ("Value",),
    "AWS::SecretsManager::Secret": ("SecretString", "GenerateSecretString.SecretStringTemplate"),
}
# Code that stands in a template.
_CODE: Mapping[str, str] = {"AWS::Lambda::Function": "Code.ZipFile", "AWS::Synthetics::Canary": "Code.Script"}

# Whose scripts may call, by which nothing is connected to.
_ORIGIN = re.compile(r"origin|cors", re.IGNORECASE)


def check(resource: Resource) -> Verdict:
    return worst(_judge(resource))


def _judge(resource: Resource) -> Iterator[Verdict]:
    written = list(_variables(resource))
    given = [(name, shown(value)) for name, value in written]
    texts = list(_texts(resource))
    code = [shown(value) for value in written_at(resource, _CODE[resource.type])] if resource.type in _CODE else []
    if given or texts or code:
        yield PASSED
    found = [*said_by(given), *((name, said) for name, text in texts for said in said_in(text))]
    for name, said in found:
        yield failed(f"{name} {said.what}.", severity=None if said.certain else "warning")
    if any(map(trusts_in_code, code)):
        at = _CODE[resource.type]
        yield failed(f"{at} does not look at the certificate of the other side.", severity="warning", at=at)
    for name, value in written:
        if is_over_http(value) and not _ORIGIN.search(name):
            yield failed(f"{name} has an http:// address, which is no TLS.", severity="warning")
    for name, text in texts:
        if asks_for_none(text):
            yield failed(f"{name} does not ask for TLS.", severity="warning")


def _variables(resource: Resource) -> Iterator[tuple[str, Written]]:
    for path in _MAPS.get(resource.type, ()):
        for name, template, value in variables(resource, path):
            yield from ((name, written) for written in _values(template, value))


def _values(template: Template, value: Any) -> Sequence[Written]:
    function, argument = function_of(value)
    if function == "Ref" and argument in template.parameters and template.parent is None:
        # What else is allowed is for whoever deploys it to choose.
        value = as_mapping(template.parameters[argument]).get("Default", f"${{{argument}}}")
    return alternatives(template, value)


def _texts(resource: Resource) -> Iterator[tuple[str, str]]:
    for path in _TEXTS.get(resource.type, ()):
        for template, value in places(resource.template, resource.raw.get("Properties"), path):
            text = {"Fn::Join": [" ", value]} if isinstance(value, list) else value
            yield from ((path.replace("[]", ""), shown(found)) for found in _values(template, text))


_SCHEMES = "https://, rediss://, amqps:// or the like, or with sslmode=verify-full, sslMode=VERIFY_IDENTITY or"


# As the L2 takes them.
_CDK: Mapping[str, str] = {
    "AWS::CodeBuild::Project": 'codebuild.Project(environment_variables={"PGSSLMODE": '
    'codebuild.BuildEnvironmentVariable(value="verify-full")})',
    "AWS::ECS::TaskDefinition": 'ecs.TaskDefinition.add_container(<an id>, environment={"PGSSLMODE": "verify-full"})',
    "AWS::Lambda::Function": 'lambda_.Function(environment={"PGSSLMODE": "verify-full"})',
    "AWS::SSM::Parameter": 'ssm.StringParameter(string_value="rediss://cache.example:6379")',
}


def _fix(kind: str) -> Fix:
    where = ", ".join(path.replace("[]", "") for path in (*_MAPS.get(kind, ()), *_TEXTS.get(kind, ())))
    return Fix(
        (kind,),
        template=f"What {where} has connects by {_SCHEMES} tls=true, and switches TLS on where a variable does.",
        cdk=(_CDK[kind],) if kind in _CDK else (),
    )


RULE = Rule(
    name="ConnectionStringTlsRequired",
    severity="error",
    resource_types=tuple(dict.fromkeys((*_MAPS, *_TEXTS))),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Have programs connect over TLS, and look at the certificate of the other side.",
    fixes=tuple(map(_fix, dict.fromkeys((*_MAPS, *_TEXTS)))),
    check=check,
)
