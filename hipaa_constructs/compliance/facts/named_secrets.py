"""Parameters that are called like secrets, and say where one is kept: the name of a secret, not the secret."""

from __future__ import annotations

import json
import re
from typing import Final

from hipaa_constructs.cloudformation.model import Template

# Behind these stands the name of a secret of Secrets Manager or of a parameter of Systems Manager:
# docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html, …/list_awssystemsmanager.html,
# docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
_BEFORE: Final = r"(?::secret:|:parameter/|\{\{resolve:(?:secretsmanager|ssm-secure|ssm):)"
# The rest of the name before the parameter, in the same text.
_WITHIN: Final = r"[^\s\"]*"


def is_name_of_secret(template: Template, parameter: str) -> bool:
    """Whether a template puts a parameter where the name of a secret stands, in an ARN or a dynamic reference."""
    name = re.escape(parameter)
    by_sub = rf"{_BEFORE}{_WITHIN}\$\{{{name}\}}"
    by_join = rf'{_BEFORE}{_WITHIN}", \{{"Ref": "{name}"\}}'
    return re.search(f"{by_sub}|{by_join}", json.dumps(template.written, default=str)) is not None
