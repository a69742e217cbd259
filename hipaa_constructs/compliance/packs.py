"""How cdk-nag's packs name what is to be acknowledged."""

from __future__ import annotations

import json
import re
from typing import Any

from constructs import IConstruct

from hipaa_constructs._stacks import stack_of
from hipaa_constructs.compliance.nag import ALIKE


def in_every_pack(rule: str) -> tuple[str, ...]:
    """Return the ids under which the packs know ``rule``: they repeat the same checks under their own prefixes."""
    return tuple(f"{pack}-{rule}" for pack in ALIKE)


def wildcard_ids(scope: IConstruct, *arns: str) -> tuple[str, ...]:
    """Return the id of the finding on each ARN with a wildcard, so that none can be added unseen.

    cdk-nag writes references of the resolved ARN in angle brackets.
    """
    return tuple(f"AwsSolutions-IAM5[Resource::{_shown(arn)}]" for arn in stack_of(scope).resolve(list(arns)))


def _shown(value: Any) -> str:
    if isinstance(value, str):
        # Variables of policies too, such as ${aws:userid}.
        return re.sub(r"\$\{([^}]*)\}", r"<\1>", value)
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return str(separator).join(map(_shown, parts))
    if "Fn::ImportValue" in value:
        return _shown(value["Fn::ImportValue"])
    if "Ref" in value:
        return f"<{value['Ref']}>"
    return f"<{'.'.join(value['Fn::GetAtt'])}>" if "Fn::GetAtt" in value else json.dumps(value, separators=(",", ":"))
