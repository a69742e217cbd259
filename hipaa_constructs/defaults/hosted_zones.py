"""Amazon Route 53: public zones log which of their names are asked for, where Route 53 can log."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_logs as logs
from aws_cdk import aws_route53 as route53
from constructs import Construct

from hipaa_constructs._stacks import account_of, stack_of
from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup

_TYPE = "AWS::Route53::HostedZone"
_REGION = "us-east-1"
_LOGGED = "Queries for names of the zone are logged under the stack's key, and kept seven years."


def _finish(session: Session, found: Found) -> None:
    """Source: docs.aws.amazon.com/Route53/latest/DeveloperGuide/query-logs.html."""
    for zone in found.of(_TYPE):
        said = session.resolved(zone, "vpcs", "query_logging_config")
        stack = session.stack(zone)
        if said.get("vpcs") or said.get("query_logging_config"):
            continue
        path = session.path(zone).removesuffix("/Resource")
        if stack.region != _REGION:
            why = f"Route 53 logs into {_REGION} alone, and the stack is not known to be there."
            session.record(zone, path, _TYPE, "query_logging", ["QueryLoggingConfig"], "unreached", why)
            continue
        home = session.home(stack, "HostedZones")
        known: Any = home.node.try_find_child("Queries")
        queries = known or _Queries(home, "Queries", session.key(zone))
        zone.query_logging_config = route53.CfnHostedZone.QueryLoggingConfigProperty(
            cloud_watch_logs_log_group_arn=queries.log_group.log_group_arn
        )
        zone.add_dependency(queries.policy)
        session.record(zone, path, _TYPE, "query_logging", ["QueryLoggingConfig"], "set", _LOGGED)


class _Queries(Construct):
    """The one log group of a stack's zones: a Region has ten resource policies for all who write to its groups.

    Source: docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html.
    """

    def __init__(self, scope: Construct, construct_id: str, key: Any) -> None:
        super().__init__(scope, construct_id)
        self.log_group: logs.LogGroup = EncryptedLogGroup(
            self, "Logs", encryption_key=key, masked_identifiers=()
        ).log_group
        stack = stack_of(self)
        statement = {
            "Sid": "Route53WritesQueries",
            "Effect": "Allow",
            "Principal": {"Service": "route53.amazonaws.com"},
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": self.log_group.log_group_arn,
            "Condition": {"StringEquals": {"aws:SourceAccount": account_of(self)}},
        }
        self.policy = logs.CfnResourcePolicy(
            self,
            "Policy",
            policy_name=f"{stack.stack_name}-HostedZones",
            policy_document=stack.to_json_string({"Version": "2012-10-17", "Statement": [statement]}),
        )


SERVICE = Service(
    types=[_TYPE],
    finish=_finish,
    later=["Public hosted zones log queries, in stacks of us-east-1; elsewhere they are named."],
)
