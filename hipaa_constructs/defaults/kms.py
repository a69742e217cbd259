"""AWS KMS: keys of the app rotate."""

from __future__ import annotations

from aws_cdk import aws_kms as kms

from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.setting import Made, Plain, Setting


def _symmetric(made: Made) -> bool:
    """Whether KMS can rotate the key: docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html."""
    return made.props.get("keySpec") in (None, "SYMMETRIC_DEFAULT", kms.KeySpec.SYMMETRIC_DEFAULT)


SERVICE = Service(
    plain=[
        Plain(
            construct=kms.Key,
            props=kms.KeyProps,
            resource_type="AWS::KMS::Key",
            settings=[
                Setting(
                    argument="enable_key_rotation",
                    properties=["EnableKeyRotation"],
                    value=lambda made: True,
                    when=_symmetric,
                    why="The key gets new material every year.",
                )
            ],
        )
    ]
)
