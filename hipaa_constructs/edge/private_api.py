from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, is_token, refuse, require_range
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.edge.api_gateway_account import ApiGatewayAccount
from hipaa_constructs.edge.api_stage import STAGE, invoke_policy, stage_options
from hipaa_constructs.edge.method_responses import require_method_responses
from hipaa_constructs.edge.requirements import require_firewall
from hipaa_constructs.edge.web_firewall import WebFirewall
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup
from hipaa_constructs.primitives.granting import to_principal
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey

# docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
_ACCOUNT_RATE = 10_000


class PrivateApi(Construct):
    """A REST API that asks every caller who they are, reached through a VPC endpoint or a domain of its own.

    - Private: only through ``vpc_endpoint``. Regional: only by ``domain_name``, over TLS 1.2 or 1.3.
    - Each method asks for an IAM signature or what ``authorizer`` says, and has parameters and body validated.
    - A ``WebFirewall`` stands in front; requests are throttled and traced.
    - Access logs and execution logs are encrypted and kept seven years, without bodies, queries or full paths.
    - The cache is encrypted, and no response is taken from it: it knows nothing of callers. Set
      ``caching_enabled`` and a time to live for methods whose responses are everyone's.
    - Integrations see a client certificate.

    Add methods with ``add_method``.

    Meets 164.312(d) person or entity authentication, 164.312(a)(1) access control, 164.312(e)(1) transmission security,
    164.312(e)(2)(ii) encryption and 164.312(b) audit controls.

    :param vpc_endpoint: the endpoint for ``execute-api`` that callers come through.
        Default: the API is Regional; then ``domain_name`` and ``certificate`` are needed.
    :param domain_name: the name by which a Regional API is called. Default: the API is private.
    :param certificate: the certificate of the domain name, in this Region.
    :param authorizer: who tells callers. Default: IAM.
    :param web_firewall: a Regional firewall. Default: a ``WebFirewall`` of its own.
    :param rate_limit: how many requests per second all callers may send together, 1 to 10,000. Bursts may be
        twice that. Default: 100.
    :param encryption_key: the key for the logs; it is made usable for CloudWatch Logs.
        Default: a ``KmsRotatedKey`` of its own.
    :raises ValueError: neither endpoint nor domain name or both, a domain name without certificate, a rate outside
        the account's limits, or a firewall for CloudFront.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc_endpoint: ec2.IVpcEndpoint | None = None,
        domain_name: str | None = None,
        certificate: acm.ICertificate | None = None,
        authorizer: apigateway.IAuthorizer | None = None,
        web_firewall: WebFirewall | None = None,
        rate_limit: int = 100,
        encryption_key: kms.IKey | None = None,
    ) -> None:
        _require_one_way_in(vpc_endpoint, domain_name, certificate)
        require_firewall(web_firewall, "REGIONAL", behind="an API")
        require_range(
            "rate_limit", rate_limit, 1, _ACCOUNT_RATE, unit="requests per second", fix="Leave it out for 100."
        )
        super().__init__(scope, construct_id)

        self._authorizer = authorizer
        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        self._access_logs = EncryptedLogGroup(self, "AccessLogs", encryption_key=self._key).log_group
        self._api = self._define_api(vpc_endpoint, rate_limit)
        self._validator = self._api.add_request_validator(
            "Validator", validate_request_body=True, validate_request_parameters=True
        )
        self._execution_logs = self._define_execution_logs()
        if domain_name is not None and certificate is not None:
            self._define_domain(domain_name, certificate)
        self._firewall = web_firewall or WebFirewall(self, "WebFirewall", encryption_key=self._key)
        self._firewall.associate(self._api.deployment_stage.stage_arn, scope=self)
        if not isinstance(authorizer, apigateway.CognitoUserPoolsAuthorizer):
            acknowledge_limitation(
                self._api,
                "AwsSolutions-COG4",
                reason="The rule knows Cognito alone. API Gateway authenticates callers by IAM signature or by another "
                "authorizer as well, and here no method goes without one.",
                source="docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html",
            )

    @property
    def api(self) -> apigateway.RestApi:
        """The API itself."""
        return self._api

    @property
    def web_firewall(self) -> WebFirewall:
        """The firewall in front."""
        return self._firewall

    @property
    def access_log_group(self) -> logs.LogGroup:
        """Where requests are logged."""
        return self._access_logs

    @property
    def execution_log_group(self) -> logs.LogGroup:
        """Where API Gateway logs its own errors."""
        return self._execution_logs

    @checked_arguments
    def add_method(
        self,
        path: str,
        http_method: str,
        integration: apigateway.Integration,
        *,
        authorization_scopes: list[str] | None = None,
        method_responses: Sequence[apigateway.MethodResponse] = (),
        request_models: dict[str, apigateway.IModel] | None = None,
        request_parameters: dict[str, bool] | None = None,
    ) -> apigateway.Method:
        """Add a method behind the authorizer, with its parameters and body validated.

        :param path: such as ``/patients/{id}``; parents are made as needed.
        :param http_method: such as ``GET``.
        :param integration: what answers.
        :param authorization_scopes: the OAuth scopes of which a token needs one. Default: none.
        :param method_responses: what the method may answer. An integration that is no proxy needs one for each status
            code and header of its ``integration_responses``. Default: what a proxy answers.
        :param request_models: the models of bodies by content type. Default: any body.
        :param request_parameters: the parameters by name, such as ``method.request.querystring.page``, and whether
            they are required. Default: those of the path.
        :raises ValueError: a path that does not start with ``/``, or an integration that answers what
            ``method_responses`` lacks.
        """
        if not is_token(path) and not path.startswith("/"):
            refuse("path", path, allowed="it starts with '/'", fix="Write it like '/patients/{id}'.")
        resource = self._api.root if path == "/" else self._api.root.resource_for_path(path)
        method = resource.add_method(
            http_method,
            integration,
            authorization_scopes=authorization_scopes,
            method_responses=list(method_responses),
            request_models=request_models,
            request_parameters=request_parameters,
            request_validator=self._validator,
        )
        require_method_responses(method, method_responses)
        return method

    @checked_arguments
    def grant_invoke(self, grantee: iam.IGrantable, *, http_method: str = "*", path: str = "/*") -> iam.Grant:
        """Let a principal of this account call methods that ask for an IAM signature."""
        return to_principal(grantee, ["execute-api:Invoke"], [self._api.arn_for_execute_api(http_method, path, STAGE)])

    def _define_api(self, vpc_endpoint: ec2.IVpcEndpoint | None, rate_limit: int) -> apigateway.RestApi:
        certificate = apigateway.CfnClientCertificate(self, "ClientCertificate", description=self.node.path)
        kind = apigateway.EndpointType.PRIVATE if vpc_endpoint else apigateway.EndpointType.REGIONAL
        iam_only = apigateway.MethodOptions(authorization_type=apigateway.AuthorizationType.IAM)
        return apigateway.RestApi(
            self,
            "Resource",
            rest_api_name=cdk.Names.unique_resource_name(self, max_length=255, separator="-"),
            endpoint_configuration=apigateway.EndpointConfiguration(
                types=[kind], vpc_endpoints=[vpc_endpoint] if vpc_endpoint else None
            ),
            # A Regional API's own address speaks TLS below 1.2; a private API has no other.
            disable_execute_api_endpoint=vpc_endpoint is None,
            policy=(
                invoke_policy(vpc_endpoint, anyone_through_it=self._authorizer is not None) if vpc_endpoint else None
            ),
            default_method_options=(
                apigateway.MethodOptions(authorizer=self._authorizer) if self._authorizer else iam_only
            ),
            cloud_watch_role=False,
            deploy_options=stage_options(
                self._access_logs, rate_limit=rate_limit, client_certificate_id=certificate.ref
            ),
        )

    def _define_execution_logs(self) -> logs.LogGroup:
        """Make the log group before API Gateway does, which would leave it without key and retention."""
        log_group = EncryptedLogGroup(
            self,
            "ExecutionLogs",
            encryption_key=self._key,
            log_group_name=f"API-Gateway-Execution-Logs_{self._api.rest_api_id}/{STAGE}",
        ).log_group
        self._api.deployment_stage.node.add_dependency(log_group, ApiGatewayAccount.of(self).setting)
        return log_group

    def _define_domain(self, domain_name: str, certificate: acm.ICertificate) -> None:
        self._api.add_domain_name(
            "Domain",
            domain_name=domain_name,
            certificate=certificate,
            endpoint_type=apigateway.EndpointType.REGIONAL,
            security_policy=apigateway.SecurityPolicy.TLS13_1_2_PFS_PQ_2025_09,
            endpoint_access_mode=apigateway.EndpointAccessMode.STRICT,
        )


def _require_one_way_in(
    vpc_endpoint: ec2.IVpcEndpoint | None, domain_name: str | None, certificate: acm.ICertificate | None
) -> None:
    if (vpc_endpoint is None) == (domain_name is None):
        refuse(
            "vpc_endpoint",
            None if vpc_endpoint is None else vpc_endpoint.node.path,
            allowed="the API is private, with an endpoint, or Regional, with a domain name, and not both",
            fix="Pass vpc_endpoint=vpc.add_interface_endpoint(…) for execute-api, or domain_name and certificate.",
        )
    if (domain_name is None) != (certificate is None):
        refuse(
            "certificate",
            certificate,
            allowed="domain_name and certificate go together",
            fix="Pass the certificate of the domain name, in this Region.",
        )
