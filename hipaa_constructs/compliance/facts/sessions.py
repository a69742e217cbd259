"""How long people stay signed in at AWS."""

from __future__ import annotations

import re
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Unknown, as_int, as_text

PERMISSION_SET: Final = "AWS::SSO::PermissionSet"
_ISO: Final = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def session_seconds(resource: Resource) -> int | Unknown | None:
    """Return for how long a session of a role or of a permission set of IAM Identity Center may last.

    Both have an hour by default: docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-settings.html and
    docs.aws.amazon.com/singlesignon/latest/userguide/howtosessionduration.html.
    """
    if resource.type != PERMISSION_SET:
        return as_int(resource.get("MaxSessionDuration", 3600))
    text = as_text(resource.get("SessionDuration", "PT1H"))
    found = _ISO.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return UNKNOWN
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
