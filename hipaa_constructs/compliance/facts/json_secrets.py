"""Secrets that are JSON: which of their fields an app may make for itself, and what is done about the others.

GenerateSecretString makes one text, of a field that it names, or of the whole secret
(docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-secretsmanager-secret-
generatesecretstring.html).
"""

from __future__ import annotations

import re
from dataclasses import replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.name_words import words_of
from hipaa_constructs.cloudformation.written import written_at
from hipaa_constructs.compliance.facts.literal_secrets import judge_secret, secret_fields
from hipaa_constructs.compliance.facts.outside_secrets import CHANGED, with_change
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Outcome, listed

_PATH = "SecretString"
PUT_IN_LATER = "A value that another side gave is put in after deployment."
# How fields are called that only another side can fill, and words of what an app makes for itself.
_GIVEN = re.compile(
    r"token|(api|access|account|app|integration|license|service)[_-]?key|(client|consumer|app|webhook|signing)[_-]?secret|"
    r"private[_-]?key|credential",
    re.IGNORECASE,
)
_OWN = frozenset(
    {"cipher", "cookie", "csrf", "database", "db", "encryption", "hash", "jwt", "pepper", "salt", "session"}
)
# Whose keys and passwords they are, or of which service elsewhere.
_PARTIES = frozenset(
    {
        "anthropic",
        "cerner",
        "datadog",
        "docusign",
        "epic",
        "facebook",
        "github",
        "gitlab",
        "google",
        "mailgun",
        "okta",
        "openai",
        "paypal",
        "plaid",
        "redox",
        "salesforce",
        "sendgrid",
        "sentry",
        "sftp",
        "slack",
        "smtp",
        "snowflake",
        "stripe",
        "twilio",
        "zoom",
    }
)


def fields_of(secret: Resource) -> tuple[list[str], list[str]]:
    """Return the fields of a secret's JSON that stand in plain text: those that another side gave, and the others."""
    found = dict.fromkeys(
        key
        for written in written_at(secret, _PATH)
        for key, field in secret_fields(written)
        if judge_secret(field, key, filled_later=True).outcome is Outcome.FAILED
    )
    given = [key for key in found if _is_given(key)]
    return given, [key for key in found if key not in given]


def _is_given(field: str) -> bool:
    words = set(words_of(field))
    return bool(words & _PARTIES) or (_GIVEN.search(field) is not None and not words & _OWN)


def has_fields(secret: Resource) -> bool:
    """Whether a secret is JSON of which fields stand in plain text."""
    return any(fields_of(secret))


def by_fields(fix: Fix, secret: Resource) -> Fix:
    """Return the fix of a secret that is JSON by whose its fields are.

    :param fix: it says in ``beside`` what is done about what another side gave.
    """
    given, own = fields_of(secret)
    if not given and len(own) == 1:
        return replace(
            fix,
            template=f"GenerateSecretString, with GenerateStringKey: {own[0]} and the other fields as JSON in "
            "SecretStringTemplate, stands in place of SecretString.",
            beside=f"{PUT_IN_LATER} {CHANGED}",
            cdk=(
                "secretsmanager.Secret(generate_secret_string=secretsmanager.SecretStringGenerator("
                f'secret_string_template=<the other fields as JSON>, generate_string_key="{own[0]}"))',
            ),
        )
    told = [
        *([f"{listed(given)}: {fix.beside}"] if given else []),
        *(
            [
                f"{listed(own)}: an AWS::SecretsManager::Secret of its own holds each such field, with its name as "
                "GenerateStringKey of GenerateSecretString, which makes one field alone, and what stands beside it in "
                "SecretStringTemplate."
            ]
            if own
            else []
        ),
    ]
    return with_change(replace(fix, beside=" ".join(told) or fix.beside))
