"""AWS Secrets Manager: the stack's key."""

from __future__ import annotations

from aws_cdk import aws_secretsmanager as secretsmanager

from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.setting import Plain, Setting

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
                    why="The secret is under the stack's key.",
                )
            ],
        )
    ]
)
