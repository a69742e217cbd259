"""AWS Secrets Manager: the stack's key."""

from __future__ import annotations

from aws_cdk import aws_secretsmanager as secretsmanager

from hipaa_constructs.defaults.raw import Raw, RawSetting
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.setting import Plain, Setting

_WHY = "The secret is under the stack's key."

SERVICE = Service(
    plain=[
        Plain(
            construct=secretsmanager.Secret,
            props=secretsmanager.SecretProps,
            resource_type="AWS::SecretsManager::Secret",
            settings=[
                Setting(
                    argument="encryption_key",
                    properties=["KmsKeyId"],
                    value=lambda made: made.key,
                    why=_WHY,
                )
            ],
        )
    ],
    raw=[
        Raw(
            construct=secretsmanager.CfnSecret,
            resource_type="AWS::SecretsManager::Secret",
            settings=[
                RawSetting(
                    attribute="kms_key_id",
                    property="KmsKeyId",
                    value=lambda session, secret: session.key(secret).key_arn,
                    why=_WHY,
                )
            ],
        )
    ],
)
