"""AWS Secrets Manager: the stack's key, and that secrets stay when their stack goes."""

from __future__ import annotations

import aws_cdk as cdk
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
                ),
                # CDK's class says nothing of it where the app does not, and CloudFormation then deletes the secret.
                Setting(
                    argument="removal_policy",
                    properties=[],
                    value=lambda made: cdk.RemovalPolicy.RETAIN,
                    why="The secret stays when its stack goes.",
                ),
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
