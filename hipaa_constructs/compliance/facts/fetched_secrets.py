"""Secrets that a text is given from another stack or from Systems Manager, under names that say so.

What another stack exports it shows to everybody in the account (docs.aws.amazon.com/AWSCloudFormation/latest/
UserGuide/outputs-section-structure.html), and ``{{resolve:ssm:…}}`` gives a parameter that is kept in plain text
(docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm.html). A name that ends in a word for
passwords, or a place in a URL where a password stands, says that it is the secret. One that ends in secret or
credentials more often means the ARN of a secret, which is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hipaa_constructs._secret_texts import is_secret_name
from hipaa_constructs.cloudformation.written import Source, Written
from hipaa_constructs.compliance.rule import Verdict, failed

_PASSWORD = re.compile(r"(?i:password|passwd|passphrase|pwd)$|(?:^|[^A-Za-z])(?:pass|PASS)$|[a-z\d]Pass$")
_TOKEN = re.compile(r"(?:token|(?:api|auth|access|private)[-_ ]?key)$", re.IGNORECASE)
# The last of a URL before its password.
_BEFORE = re.compile(r"://[^\s/:@]*(?:\$\{[^}]*\})?[^\s/:@]*:$")
# A variable that says where a secret is; whoever exports the ARN of a secret may name it after the secret.
_PLACE = re.compile(r"(?:arn|name|id|path|parameter|param)$", re.IGNORECASE)
_STORED = re.compile(r"\{\{resolve:ssm:((?:[^{}:$]|\$\{[^}]*\})+)(?::\d+)?\}\}")


def judge_fetched(written: Written, name: str, called: str) -> Iterator[Verdict]:
    """Yield what is wrong with a text to which CloudFormation fetches a secret from elsewhere.

    :param name: the name of the variable that holds the text.
    :param called: how messages call it.
    """
    before = ""
    for number, part in enumerate(written):
        if isinstance(part, Source) and part.imported:
            follows = written[number + 1] if number + 1 < len(written) else ""
            in_url = _BEFORE.search(before) is not None and isinstance(follows, str) and follows.startswith("@")
            if in_url:
                yield failed(f"{called} is given the password of a URL, by import of {part.imported}.")
            else:
                yield from _by_name(part.imported, f"by import of {part.imported}", name, called)
        before += str(part)
    for found in _STORED.finditer(before):
        yield from _by_name(found.group(1), f"by parameter {found.group(1)} of Systems Manager", name, called)


def _by_name(source: str, how: str, variable: str, called: str) -> Iterator[Verdict]:
    if _PLACE.search(variable):
        return
    if _PASSWORD.search(source):
        yield failed(f"{called} is given the secret itself, {how}.")
    elif _TOKEN.search(source) and is_secret_name(variable):
        yield failed(f"{called} is given what is named as a secret, {how}.", severity="warning")
