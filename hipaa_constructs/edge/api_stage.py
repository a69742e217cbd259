"""How an API's stage is set, and who may reach a private one."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs

STAGE = "live"


def stage_options(
    access_logs: logs.LogGroup, *, rate_limit: int, client_certificate_id: str
) -> apigateway.StageOptions:
    """Return a stage that logs, traces, throttles and encrypts its cache."""
    return apigateway.StageOptions(
        stage_name=STAGE,
        access_log_destination=apigateway.LogGroupLogDestination(access_logs),
        access_log_format=access_log_format(),
        logging_level=apigateway.MethodLoggingLevel.ERROR,
        data_trace_enabled=False,
        metrics_enabled=True,
        tracing_enabled=True,
        cache_cluster_enabled=True,
        caching_enabled=True,
        cache_data_encrypted=True,
        cache_ttl=cdk.Duration.seconds(0),
        throttling_rate_limit=rate_limit,
        throttling_burst_limit=2 * rate_limit,
        client_certificate_id=client_certificate_id,
    )


def access_log_format() -> apigateway.AccessLogFormat:
    """Return what is logged of a request: its path as the template of it, so that no identifier of a patient is."""
    return apigateway.AccessLogFormat.json_with_standard_fields(
        caller=True,
        http_method=True,
        ip=True,
        protocol=True,
        request_time=True,
        resource_path=True,
        response_length=True,
        status=True,
        user=True,
    )


def invoke_policy(vpc_endpoint: ec2.IVpcEndpoint, *, anyone_through_it: bool) -> iam.PolicyDocument:
    """Refuse whoever comes another way than through the endpoint.

    With IAM, an Allow here would let in every principal of the account, whatever IAM policies say; other
    authorizers need one. Source:
    docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html.
    """
    anyone, methods, endpoint = [iam.AnyPrincipal()], ["execute-api:/*"], vpc_endpoint.vpc_endpoint_id
    statements = [
        iam.PolicyStatement(
            sid="DenyOtherWays",
            effect=iam.Effect.DENY,
            principals=anyone,
            actions=["execute-api:Invoke"],
            resources=methods,
            conditions={"StringNotEquals": {"aws:SourceVpce": endpoint}},
        )
    ]
    if anyone_through_it:
        statements.append(
            iam.PolicyStatement(
                sid="AllowThroughEndpoint",
                principals=anyone,
                actions=["execute-api:Invoke"],
                resources=methods,
                conditions={"StringEquals": {"aws:SourceVpce": endpoint}},
            )
        )
    return iam.PolicyDocument(statements=statements)
