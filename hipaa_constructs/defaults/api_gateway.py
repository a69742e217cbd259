"""Amazon API Gateway: stages log requests and their execution, without bodies, and are traced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from constructs import Construct

from hipaa_constructs.defaults.api_limits import PLAN, REST, limit_requests, require_tls
from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.defaults.setting import Made, Plain, Setting
from hipaa_constructs.edge.api_gateway_account import ApiGatewayAccount
from hipaa_constructs.edge.api_stage import access_log_format
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup

_STAGE = "AWS::ApiGateway::Stage"
_ACCOUNT = "AWS::ApiGateway::Account"
_HTTP_STAGE = "AWS::ApiGatewayV2::Stage"
_DOMAIN = "AWS::ApiGateway::DomainName"
# docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html; without the path,
# which may name a patient.
_HTTP_FORMAT = (
    '{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","caller":"$context.identity.caller",'
    '"user":"$context.identity.user","requestTime":"$context.requestTime","routeKey":"$context.routeKey",'
    '"status":"$context.status","protocol":"$context.protocol","responseLength":"$context.responseLength"}'
)


def _stage(made: Made) -> Mapping[str, Any]:
    given = made.props.get("deployOptions") or {}
    wanted: dict[str, Any] = {
        "logging_level": apigateway.MethodLoggingLevel.ERROR,
        "data_trace_enabled": False,
        "tracing_enabled": True,
    }
    if given.get("accessLogDestination") is None:
        group = EncryptedLogGroup(made.home, "AccessLogs", encryption_key=made.key).log_group
        wanted["access_log_destination"] = apigateway.LogGroupLogDestination(group)
        wanted["access_log_format"] = access_log_format()
    if given.get("clientCertificateId") is None:
        wanted["client_certificate_id"] = _certificate(made)
    return wanted


def _certificate(made: Made) -> str:
    """Make what an integration over HTTP can tell the API by.

    Source: docs.aws.amazon.com/apigateway/latest/developerguide/getting-started-client-side-ssl-authentication.html.
    """
    return str(apigateway.CfnClientCertificate(made.home, "ClientCertificate").ref)


def _stage_settings() -> list[Setting]:
    """Return what a stage gets that stands beside its API."""
    why = "Requests are logged under the stack's key, without bodies and queries, and kept seven years."
    return [
        Setting(
            argument="access_log_format",
            properties=["AccessLogSetting"],
            value=lambda made: access_log_format(),
            unless=["access_log_destination"],
            why=why,
        ),
        Setting(
            argument="access_log_destination",
            properties=["AccessLogSetting"],
            value=lambda made: apigateway.LogGroupLogDestination(
                EncryptedLogGroup(made.home, "AccessLogs", encryption_key=made.key).log_group
            ),
            why=why,
        ),
        Setting(
            argument="logging_level",
            properties=["MethodSettings"],
            value=lambda made: apigateway.MethodLoggingLevel.ERROR,
            why="Errors of execution are logged.",
        ),
        Setting(
            argument="client_certificate_id",
            properties=["ClientCertificateId"],
            value=_certificate,
            why="Integrations over HTTP can tell that the API calls.",
        ),
        Setting(
            argument="tracing_enabled",
            properties=["TracingEnabled"],
            value=lambda made: True,
            why="Requests are traced.",
        ),
    ]


def _finish(session: Session, found: Found) -> None:
    limit_requests(session, found)
    require_tls(session, found)
    # A second setting of the account would be in the way of the app's own.
    settled = {session.stack(one) for one in found.of(_ACCOUNT)}
    for stage in found.of(_STAGE):
        if session.stack(stage) in settled:
            continue
        api, path = _api_of(stage), session.path(stage).removesuffix("/Resource")
        if _set(session, path, "logging_level") or (
            api is not None and _set(session, session.path(api), "cloud_watch_role")
        ):
            stage.node.add_dependency(ApiGatewayAccount.of(stage).setting)
    for stage in found.of(_HTTP_STAGE):
        if stage.access_log_settings is not None or not isinstance(stage, apigatewayv2.CfnStage):
            continue
        group = EncryptedLogGroup(
            session.home(session.owner(stage), "Stage"),
            "AccessLogs",
            encryption_key=session.key(stage),
        ).log_group
        stage.access_log_settings = apigatewayv2.CfnStage.AccessLogSettingsProperty(
            destination_arn=group.log_group_arn, format=_HTTP_FORMAT
        )
        why = "Requests are logged under the stack's key, without their paths, and kept seven years."
        session.record(
            stage, session.path(stage), _HTTP_STAGE, "access_log_settings", ["AccessLogSettings"], "set", why
        )


def _api_of(stage: Any) -> Construct | None:
    for above in reversed(stage.node.scopes):
        if isinstance(above, apigateway.RestApi):
            return above
    return None


def _set(session: Session, path: str, setting: str) -> bool:
    return any(change.path == path and change.setting == setting for change in session.changes)


SERVICE = Service(
    plain=[
        Plain(
            construct=apigateway.Stage,
            props=apigateway.StageProps,
            resource_type=_STAGE,
            settings=_stage_settings(),
        ),
        Plain(
            construct=apigateway.RestApi,
            props=apigateway.RestApiProps,
            resource_type=_STAGE,
            settings=[
                Setting(
                    argument="deploy_options",
                    properties=["AccessLogSetting", "ClientCertificateId", "MethodSettings", "TracingEnabled"],
                    parts=apigateway.StageOptions,
                    value=_stage,
                    when=lambda made: made.props.get("deploy") is not False,
                    why="Requests are logged under the stack's key, without bodies and queries, and kept seven years.",
                ),
                # CDK's own role for execution logs has AWS's policy, which reaches into every log group.
                Setting(
                    argument="cloud_watch_role",
                    properties=[],
                    value=lambda made: False,
                    why="API Gateway writes execution logs by a role held to this account.",
                ),
            ],
        ),
        Plain(
            construct=apigateway.DomainName,
            props=apigateway.DomainNameProps,
            resource_type=_DOMAIN,
            settings=[
                # docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-custom-domain-tls-version.html
                Setting(
                    argument="security_policy",
                    properties=["SecurityPolicy"],
                    value=lambda made: apigateway.SecurityPolicy.TLS_1_2,
                    why="Clients with TLS older than 1.2 are refused.",
                )
            ],
        ),
    ],
    types=[_STAGE, _HTTP_STAGE, _ACCOUNT, REST, PLAN],
    finish=_finish,
    later=[
        "REST stages wait for the account's role for logs; HTTP and WebSocket stages log requests.",
        "New stages for which neither they nor a usage plan say how much take 100 requests a second, and 200 at once, "
        "as those of a `PrivateApi`; others are named.",
        "REST APIs refuse TLS older than 1.2 at their own address.",
    ],
)
