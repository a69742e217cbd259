"""OpenSearch Serverless collections are encrypted with a customer key.

A warning, since OpenSearch Serverless encrypts every collection, without one under a key that AWS owns
(docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-encryption.html). Compliant: the collection, or
the encryption policy of the app that covers its name, names a customer key. Non-compliant: an AWS-owned key. Unknown:
no such policy in the app.
"""

from __future__ import annotations

import fnmatch
import json

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import (
    Fields,
    Reference,
    Resolved,
    Ternary,
    as_items,
    is_mapping,
    is_one_of,
    is_true,
    spread,
)
from hipaa_constructs.compliance.facts.encryption import judge_keys
from hipaa_constructs.compliance.fix import CUSTOMER_KEY, Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, failed, unknown


def check(resource: Resource) -> Verdict:
    own = resource.get("EncryptionConfig")
    if is_mapping(own):
        return _judge(own.get("AWSOwnedKey"), own.get("KmsKeyArn"))
    name = resource.get("Name")
    for pattern, policy in resource.template.app.cached("encryption policies of collections", _policies):
        if isinstance(name, (str, Reference)) and fnmatch.fnmatchcase(f"collection/{name}", pattern):
            return _judge(policy.get("AWSOwnedKey"), policy.get("KmsARN"))
    return unknown("No encryption policy of the app covers the collection.")


def _judge(aws_owned: Resolved, key: Resolved) -> Verdict:
    if is_true(aws_owned) is Ternary.YES:
        return failed("AWSOwnedKey is true, so an AWS-owned key encrypts the collection.")
    return judge_keys([("The encryption policy's KmsARN", key)])


def _policies(app: App) -> list[tuple[str, Fields]]:
    found: list[tuple[str, Fields]] = []
    for resource in app.of_type("AWS::OpenSearchServerless::SecurityPolicy"):
        text = resource.get("Policy")
        try:
            policy = json.loads(text) if isinstance(text, str) else text
        except ValueError:
            continue
        if is_one_of(resource.get("Type"), "encryption") is Ternary.NO or not is_mapping(policy):
            continue
        for covered in spread(policy, "Rules[].Resource"):
            found += [(item, policy) for item in as_items(covered) if isinstance(item, str)]
    # The most specific pattern decides, as OpenSearch Serverless has it.
    return sorted(found, key=lambda entry: len(entry[0]), reverse=True)


RULE = Rule(
    name="SearchCollectionEncryptedWithCustomerKey",
    severity="warning",
    resource_types=("AWS::OpenSearchServerless::Collection",),
    controls=("164.312(a)(2)(iv)",),
    fix="Name a customer key for the collection, by itself or by the encryption policy that covers its name.",
    fixes=(Fix(properties={"EncryptionConfig": {"KmsKeyArn": CUSTOMER_KEY}}),),
    check=check,
    phi_only=True,
)
