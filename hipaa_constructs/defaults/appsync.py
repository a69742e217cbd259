"""AWS AppSync: requests are logged, without what they ask for and what they are answered, under the stack's key."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_appsync as appsync
from aws_cdk import aws_iam as iam

from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup

_TYPE = "AWS::AppSync::GraphQLApi"
_WHY = "Each request is logged, without headers, variables and answers, under the stack's key and kept seven years."


def _finish(session: Session, found: Found) -> None:
    for api in found.of(_TYPE):
        if api.log_config is None:
            _log(session, api)


def _log(session: Session, api: Any) -> None:
    """Make the log group under the name by which AppSync finds it, before the first request would make one.

    docs.aws.amazon.com/appsync/latest/devguide/monitoring.html
    """
    path, stack = session.path(api).removesuffix("/Resource"), session.stack(api)
    owner: Any = session.owner(api) if path != session.path(api) else api
    home = session.home(session.owner(owner), path.rsplit("/", 1)[-1])
    group = EncryptedLogGroup(
        home,
        "Logs",
        encryption_key=session.key(api),
        log_group_name=f"/aws/appsync/apis/{api.attr_api_id}",
    ).log_group
    role = iam.Role(
        home,
        "LogRole",
        description=f"Lets AppSync log the requests of {path}"[:1000],
        assumed_by=iam.ServicePrincipal(
            "appsync.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": stack.account}}
        ),
    )
    iam.ManagedPolicy(
        home,
        "LogPolicy",
        roles=[role],
        statements=[
            iam.PolicyStatement(actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[group.log_group_arn])
        ],
    )
    api.log_config = appsync.CfnGraphQLApi.LogConfigProperty(
        cloud_watch_logs_role_arn=role.role_arn, exclude_verbose_content=True, field_log_level="ALL"
    )
    session.record(api, path, _TYPE, "log_config", ["LogConfig"], "set", _WHY)


SERVICE = Service(
    types=[_TYPE],
    finish=_finish,
    later=["GraphQL APIs that log nothing log each request, without what it asks for and is answered."],
)
