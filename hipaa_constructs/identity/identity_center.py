"""What the constructs for IAM Identity Center ask of their arguments alike."""

from __future__ import annotations

import re

from hipaa_constructs._arguments import is_token, refuse

# docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreatePermissionSet.html
_INSTANCE = re.compile(r"arn:aws(-[a-z]{1,5}){0,3}:sso:::instance/(sso)?ins-[a-zA-Z0-9-.]{16}")


def require_instance(arn: str) -> None:
    """Refuse what is no instance of Identity Center."""
    if not _INSTANCE.fullmatch(arn) and not is_token(arn):
        refuse(
            "instance_arn",
            arn,
            allowed="it takes the ARN of an Identity Center instance",
            fix="Read it with 'aws sso-admin list-instances'.",
        )
