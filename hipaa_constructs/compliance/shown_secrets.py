"""What outputs, metadata and defaults of a template show to everybody who may describe the stack, said as findings.

CloudFormation hides a ``NoEcho`` parameter nowhere else than among the parameters
(docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html). A dynamic reference is
no secret there: outputs and metadata show it as it is written
(github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/689). What NoSecretsInEnvironment tells at a
resource is not told again: the secrets that access keys and clients of user pools give away, and what cfn-init
reads. Everybody who may read the template reads the default of a parameter too, ``NoEcho`` or not, which is told
where it is a secret that no rule tells at the resource or output that is given it. What a custom resource gives
under the name of a secret, such as ``ApiKeyValue``, is a warning, since a name is no proof; so is an API key of
AppSync, which ends by itself
(docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-appsync-apikey.html).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from hipaa_constructs._secret_texts import holds_secret, is_secret_name, secret_in
from hipaa_constructs.cloudformation.model import App, Template
from hipaa_constructs.cloudformation.naming import names
from hipaa_constructs.cloudformation.values import Ternary, as_mapping, is_true
from hipaa_constructs.cloudformation.written import Source, Written, alternatives, written_at
from hipaa_constructs.compliance.facts.literal_secrets import (
    is_literal,
    secret_by_default,
    shown,
    shows_secret,
    token_by_default,
)
from hipaa_constructs.compliance.facts.startup import AUTHENTICATION, INIT, TYPES, read_by_init, read_in, user_data
from hipaa_constructs.compliance.facts.variables import VARIABLES, variables
from hipaa_constructs.compliance.rule import Finding, MetaRule
from hipaa_constructs.compliance.rules.access.no_literal_secrets import CARRIERS, PATHS, STORE

RULE = MetaRule(
    "TemplateShowsNoSecrets",
    "Outputs, metadata and defaults of templates show no secrets",
    "error",
    ("164.308(a)(5)(ii)(D)", "164.312(a)(1)"),
    "Show where the secret is instead, such as its ARN in Secrets Manager, and let whoever needs it read it there.",
    "Compliant: outputs and metadata name where a secret is. Non-compliant: they show it, to everybody who "
    "may describe the stack; a warning where only its name tells that it may be one. NoEcho hides a parameter "
    "among the parameters alone: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-"
    "section-structure.html.",
)
_OF_DEFAULT = (
    "Leave the Default out and set NoEcho, or let Secrets Manager keep the secret; change it where it is from, since "
    "those who have read the template know it."
)
# Some hide what is no secret, such as who signs in.
_NO_SECRET = re.compile(r"(user|name|id|arn|e?mail|url|host|endpoint|port|domain|address|keypair)s?$", re.IGNORECASE)
# Where a secret is, or what it is called.
_ABOUT = re.compile(r"(arn|id|name|path)s?$", re.IGNORECASE)
_CUSTOM = ("Custom::", "AWS::CloudFormation::CustomResource")
_KEY_OF_APPSYNC = ("AWS::AppSync::ApiKey", "ApiKey")
# What the CDK and this package write.
_OF_TOOLS = ("aws:", "cdk_nag", "hipaa-constructs:", "AWS::CloudFormation::Interface", "AWS::CDK::")


def shown_secrets(app: App) -> Sequence[Finding]:
    """Return a finding for each secret that a template shows; what nested stacks share is said once."""
    found = [finding for template in app.templates for finding in _of(template)]
    return list(dict.fromkeys((*found, *_defaults(app))))


def _defaults(app: App) -> Iterator[Finding]:
    """Yield a finding for each secret that is a parameter's default and that is not told where it is used."""
    shown_by = [
        (template, str(name), declared)
        for template in app.templates
        for name, declared in template.parameters.items()
        if shows_secret(declared) and (token_by_default(declared) or secret_by_default(str(name), declared))
    ]
    told = _told_where_used(app) if shown_by else frozenset()
    for template, name, declared in shown_by:
        kind = token_by_default(declared)
        if (id(template), name) in told or not (kind or _is_used(template, name)):
            continue
        message = f"The Default of parameter {name} is {kind or 'a secret'}, which all who read the template know."
        found = RULE.finding(message, template=template, place=("Parameters", name, "Default"))
        yield replace(found, fix=_OF_DEFAULT)


def _is_used(template: Template, parameter: str) -> bool:
    """Whether a stack makes anything of what a parameter has by default."""
    given = template.given_by_parent(parameter) is not None
    return not given and any(names(resource.raw, parameter) for resource in template.resources.values())


def _told_where_used(app: App) -> Collection[tuple[int, str]]:
    """Return the parameters, each with its template, of which a finding of a resource or an output tells."""
    texts = [text for template in app.templates for text in _judged_texts(template)]
    sources = [part for text in texts for part in text if isinstance(part, Source)]
    return {(id(template), name) for source in sources for template, name in source.parameters}


def _judged_texts(template: Template) -> Iterator[Written]:
    """Yield all texts of resources and outputs in which the secret that a parameter has by default is found."""
    for output in as_mapping(template.body.get("Outputs")).values():
        yield from alternatives(template, as_mapping(output).get("Value"))
    for resource in template.resources.values():
        paths = () if resource.type in CARRIERS else PATHS.get(resource.type, ())
        for path in (*paths, *(["Value"] if resource.type == STORE else [])):
            yield from written_at(resource, path)
        for path in VARIABLES.get(resource.type, ()):
            for _, holder, value in variables(resource, path):
                yield from alternatives(holder, value)
        yield from user_data(resource)
        for key in filter(_is_written_by_hand, resource.metadata):
            yield from (text for _, text in read_by_init(resource, key))


def _of(template: Template) -> Iterator[Finding]:
    for name, output in as_mapping(template.body.get("Outputs")).items():
        exported = " and exports it" if as_mapping(output).get("Export") is not None else ""
        ways = alternatives(template, as_mapping(output).get("Value"))
        given = [what for what in map(_given, ways) if what]
        for written in ways:
            # What a parameter gives is said by that, and not of its default again.
            what = _given(written) if given else _secret(written, str(name))
            if what:
                message = f"Output {name} shows {what}{exported}."
                yield RULE.finding(message, template=template, place=("Outputs", str(name), "Value"))
                continue
            attribute = _given_by_name(template, written, str(name))
            if attribute:
                message = f"Output {name} shows {attribute}, a secret by its name{exported}."
                found = RULE.finding(message, template=template, place=("Outputs", str(name), "Value"))
                yield replace(found, severity="warning")
    metadata = as_mapping(template.body.get("Metadata"))
    for key in filter(_is_written_by_hand, metadata):
        # CloudFormation resolves nothing there.
        for name, written in read_in(template, key, metadata[key]):
            kind = _in_clear(written)
            if kind:
                yield RULE.finding(f"Metadata shows {kind} ({name}).", template=template, place=("Metadata", key))
    for resource in template.resources.values():
        keys = set(filter(_is_written_by_hand, resource.metadata))
        keys -= {INIT, AUTHENTICATION} if resource.type in TYPES else set()
        for key in sorted(keys):
            for name, written in read_by_init(resource, key):
                what = _given(written) or _in_clear(written)
                if what:
                    message = f"Metadata shows {what} ({name})."
                    yield RULE.finding(message, resource=resource, place=("Metadata", key))


def _is_written_by_hand(key: str) -> bool:
    return not key.startswith(_OF_TOOLS)


def _secret(written: Written, name: str) -> str | None:
    """Return what secret an output of a name shows, in words; None if none."""
    text = shown(written)
    plain = is_literal(written) and holds_secret(name, text) and " " not in text.strip()
    return _in_clear(written) or ("a secret in plain text" if plain else None)


def _given(written: Written) -> str | None:
    """Return which parameter gives a text a secret, in words; None if none."""
    for template, name in (one for part in written if isinstance(part, Source) for one in part.parameters):
        declared = as_mapping(template.parameters[name])
        if is_true(declared.get("NoEcho")) is Ternary.YES and not _NO_SECRET.search(name):
            return f"parameter {name}, which NoEcho hides elsewhere"
        if secret_by_default(name, declared):
            return f"parameter {name}, whose Default is a secret"
    return None


def _given_by_name(template: Template, written: Written, name: str) -> str | None:
    """Return the attribute by which what an app has made for itself, or AppSync, gives a secret; None if none does."""
    if _ABOUT.search(name):
        return None
    for part in written:
        holder, _, attribute = part.attribute.rpartition(".") if isinstance(part, Source) else ("", "", "")
        resource = template.resources.get(holder.partition(".")[0])
        kind = resource.type if resource else ""
        if (kind.startswith(_CUSTOM) and is_secret_name(attribute)) or (kind, attribute) == _KEY_OF_APPSYNC:
            return f"{holder}.{attribute}"
    return None


def _in_clear(written: Written) -> str | None:
    """Return what kind of secret stands in a text, in words; what is said about passwords is mostly prose."""
    kind = secret_in(shown(written))
    return f"{kind} in plain text" if kind not in (None, "a password") else None
