"""The Glue Data Catalog that an app fills is encrypted.

A warning, said once a template, since an account has one catalog in each Region and another app may encrypt it; Glue
encrypts neither metadata nor passwords by itself (docs.aws.amazon.com/glue/latest/dg/encrypt-glue-data-catalog.html,
docs.aws.amazon.com/glue/latest/dg/set-up-encryption.html).
Compliant: an ``AWS::Glue::DataCatalogEncryptionSettings`` of the app in the same account and Region, of which
JobDataEncrypted judges what it says. Non-compliant: databases, tables, connections or crawlers without one. Not
applicable: all of them in a template but the first.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.compliance.facts.regions import of_account
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, said_of

_SETTINGS = "AWS::Glue::DataCatalogEncryptionSettings"
_FILLING = ("AWS::Glue::Database", "AWS::Glue::Table", "AWS::Glue::Connection", "AWS::Glue::Crawler")


def check(resource: Resource) -> Verdict:
    template = resource.template
    first = next((one for one in template.app.of_type(*_FILLING) if one.template is template), resource)
    if first is not resource:
        return said_of(first)
    if any(one.template.region == template.region for one in of_account(resource, _SETTINGS)):
        return PASSED
    return failed(
        f"The app has no {_SETTINGS}, so metadata and connections' passwords in the catalog are not encrypted.", at=""
    )


RULE = Rule(
    name="DataCatalogEncrypted",
    severity="warning",
    resource_types=_FILLING,
    controls=("164.312(a)(2)(iv)",),
    fix="Encrypt the account's catalog with a customer key, in one stack of each Region; acknowledge the finding where "
    "another app does.",
    fixes=(
        Fix(
            beside=f"One stack of the account and Region has an {_SETTINGS} with CatalogId: ${{AWS::AccountId}}, whose "
            "EncryptionAtRest has CatalogEncryptionMode: SSE-KMS and SseAwsKmsKeyId, and whose "
            "ConnectionPasswordEncryption has ReturnConnectionPasswordEncrypted: true and KmsKeyId. Whoever reads or "
            "fills the catalog, such as roles of crawlers and jobs, may then use that key (kms:Decrypt, kms:Encrypt, "
            "kms:GenerateDataKey). Acknowledge the finding where another app has it.",
        ),
    ),
    needs="app",
    check=check,
)
