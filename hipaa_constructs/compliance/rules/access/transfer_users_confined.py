"""Users of file transfer servers are confined to folders of their own.

A warning, since the user's role may confine him too. Compliant: logical directories, by which a user sees a folder as
the root and nothing above it (docs.aws.amazon.com/transfer/latest/userguide/logical-dir-mappings.html), or a session
policy (docs.aws.amazon.com/transfer/latest/userguide/users-policies.html). Non-compliant: ``HomeDirectoryType`` PATH,
which is the default, without a session policy: the user sees the bucket's name, and may leave the folder for those of
others as far as the role lets him. Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import any_of, is_one_of, is_present
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, judge


def check(resource: Resource) -> Verdict:
    kind = resource.get("HomeDirectoryType")
    return judge(
        any_of((is_one_of(kind, "LOGICAL"), is_present(resource.get("Policy")))),
        f"HomeDirectoryType is {'not set, so it is PATH' if kind is None else kind}, and no Policy confines the user.",
        unknown_message="HomeDirectoryType is known only at deployment.",
    )


RULE = Rule(
    name="TransferUsersConfined",
    severity="warning",
    resource_types=("AWS::Transfer::User",),
    controls=("164.308(a)(4)(ii)(B)", "164.312(a)(1)"),
    fix="Show each user a folder of his own as the root.",
    fixes=(
        Fix(
            properties={
                "HomeDirectoryType": "LOGICAL",
                "HomeDirectoryMappings": [
                    {"Entry": "/", "Target": Choose("the user's folder, such as /BUCKET/FOLDER")}
                ],
            },
            beside="HomeDirectory is left out.",
            constructs=("SecureFileTransfer",),
        ),
    ),
    check=check,
)
