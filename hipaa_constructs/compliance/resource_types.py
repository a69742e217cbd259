"""Whether CloudFormation knows a resource type, by the schemas of a day; what it does not know is misspelt, or new."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cache

from hipaa_constructs.compliance.controls import read

# Whose types CloudFormation itself describes; those of others are in a registry that each account has for itself.
_PROVIDERS = ("alexa", "amzn", "aws")
# CDK's note of itself, what AWS SAM rewrites, and modules, which the account has for itself too.
_OTHER = ("AWS::CDK::", "AWS::Serverless::")
_MODULE = "::MODULE"
# Names of one provider share much, so that only what is nearer is meant.
_NEAR = 0.8


def types_as_of() -> str:
    """Return the date of the schemas, as YYYY-MM-DD."""
    as_of: str = read("resource_types.json")["as_of"]
    return as_of


def is_without_schema(kind: str) -> bool:
    """Whether a type is named like one of AWS's and is none."""
    if kind.startswith(_OTHER) or kind.endswith(_MODULE) or _known().get(kind.lower()) == kind:
        return False
    return kind.partition("::")[0].lower() in _PROVIDERS


@cache
def nearest_type(kind: str) -> str | None:
    """Return the type that is most like a misspelt one, if any is like it."""
    near = difflib.get_close_matches(kind.lower(), _known(), n=1, cutoff=_NEAR)
    return _known()[near[0]] if near else None


@cache
def _known() -> Mapping[str, str]:
    types: Mapping[str, str] = read("resource_types.json")["types"]
    every = (f"{space}::{name}" for space, names in types.items() for name in names.split())
    return {kind.lower(): kind for kind in every}
