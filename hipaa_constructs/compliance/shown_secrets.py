"""What outputs and metadata of a template show to everybody who may describe the stack, said as findings.

CloudFormation hides a ``NoEcho`` parameter nowhere else than among the parameters
(docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html). A dynamic reference is no
secret there: outputs and metadata show it as it is written
(github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/689). What NoSecretsInEnvironment tells at a
resource is not told again: the secrets that access keys and clients of user pools give away, and what cfn-init reads.
What a custom resource gives under the name of a secret, such as ``ApiKeyValue``, is a warning, since a name is no
proof; so is an API key of AppSync, which ends by itself
(docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-appsync-apikey.html).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from hipaa_constructs._secret_texts import is_secret_name, looks_like_secret, secret_in
from hipaa_constructs.cloudformation.model import App, Template
from hipaa_constructs.cloudformation.values import Ternary, as_mapping, is_true
from hipaa_constructs.cloudformation.written import Source, Written, alternatives
from hipaa_constructs.compliance.facts.literal_secrets import is_literal, shown
from hipaa_constructs.compliance.facts.startup import AUTHENTICATION, INIT, TYPES, read_by_init, read_in
from hipaa_constructs.compliance.rule import Finding, MetaRule

RULE = MetaRule(
    "TemplateShowsNoSecrets",
    "Outputs and metadata of templates show no secrets",
    "error",
    ("164.308(a)(5)(ii)(D)", "164.312(a)(1)"),
    "Show where the secret is instead, such as its ARN in Secrets Manager, and let whoever needs it read it there.",
    "Compliant: outputs and metadata name where a secret is. Non-compliant: they show it, to everybody who "
    "may describe the stack; a warning where only its name tells that it may be one. NoEcho hides a parameter "
    "among the parameters alone: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-"
    "section-structure.html.",
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
    return list(dict.fromkeys(finding for template in app.templates for finding in _of(template)))


def _of(template: Template) -> Iterator[Finding]:
    for name, output in as_mapping(template.body.get("Outputs")).items():
        exported = " and exports it" if as_mapping(output).get("Export") is not None else ""
        for written in alternatives(template, as_mapping(output).get("Value")):
            what = _secret(written, str(name))
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
    plain = is_secret_name(name) and is_literal(written) and looks_like_secret(text) and " " not in text.strip()
    return _given(written) or _in_clear(written) or ("a secret in plain text" if plain else None)


def _given(written: Written) -> str | None:
    """Return which hidden parameter a text is given, in words; None if none."""
    for template, name in (one for part in written if isinstance(part, Source) for one in part.parameters):
        declared = as_mapping(template.parameters[name])
        if is_true(declared.get("NoEcho")) is Ternary.YES and not _NO_SECRET.search(name):
            return f"parameter {name}, which NoEcho hides elsewhere"
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
