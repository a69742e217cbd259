"""Amazon Cognito: deletion protection."""

from __future__ import annotations

from aws_cdk import aws_cognito as cognito

from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.setting import Plain, Setting

SERVICE = Service(
    plain=[
        Plain(
            construct=cognito.UserPool,
            props=cognito.UserPoolProps,
            resource_type="AWS::Cognito::UserPool",
            settings=[
                Setting(
                    argument="deletion_protection",
                    properties=["DeletionProtection"],
                    value=lambda made: True,
                    why="Somebody has to lift the protection before the users can be deleted.",
                )
            ],
        )
    ]
)
