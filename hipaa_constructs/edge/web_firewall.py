from __future__ import annotations

from typing import Literal

from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, is_token, refuse, require_range
from hipaa_constructs._names import deployed_name
from hipaa_constructs._stacks import arn_in, region_of
from hipaa_constructs.edge.firewall_rules import firewall_rules
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup

# docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html
_LOWEST_RATE, _HIGHEST_RATE = 10, 2_000_000_000
# Where CloudFront's web ACLs live: docs.aws.amazon.com/waf/latest/APIReference/API_CreateWebACL.html
_CLOUDFRONT_REGION = "us-east-1"
_SECRET_HEADERS = ("authorization", "cookie")


class WebFirewall(Construct):
    """A WAFv2 web ACL that blocks what AWS's managed rules know, and logs requests without their secrets.

    - Blocked are: addresses of bad reputation, anonymizers, common exploits, known bad inputs, SQL injection, and
      an address that asks too often.
    - Every request is logged, encrypted and kept seven years. Authorization and cookie headers and the query string
      are left out of the logs, and bodies too, where a rule would quote what it matched. The same holds for sampled
      requests and Security Lake.
    - Each rule has CloudWatch metrics.

    The core rule set blocks bodies beyond 8 KB, as far as a load balancer's firewall can look into. For uploads give
    the path of your own a rule on ``web_acl``, or let clients upload to S3 by presigned URLs.

    Meets 164.312(a)(1) access control, 164.312(b) audit controls and 164.312(e)(1) transmission security. Supports
    164.308(a)(5)(ii)(B) protection from malicious software.

    :param web_acl_scope: ``REGIONAL`` for load balancers and APIs; ``CLOUDFRONT`` for distributions, in a stack of
        us-east-1. Default: ``REGIONAL``.
    :param rate_limit: how many requests one address may send within five minutes, 10 to 2,000,000,000.
        Default: 2000.
    :param bot_control: whether AWS's bot control, which costs extra, blocks bots as well. Default: it does not.
    :param encryption_key: the key for the logs; it is made usable for CloudWatch Logs.
        Default: a ``KmsRotatedKey`` of its own.
    :raises ValueError: a rate outside WAF's limits, or a firewall for CloudFront in another Region than us-east-1.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        web_acl_scope: Literal["REGIONAL", "CLOUDFRONT"] = "REGIONAL",
        rate_limit: int = 2000,
        bot_control: bool = False,
        encryption_key: kms.IKey | None = None,
    ) -> None:
        require_range(
            "rate_limit", rate_limit, _LOWEST_RATE, _HIGHEST_RATE, unit="requests", fix="Leave it out for 2000."
        )
        _require_region(scope, web_acl_scope)
        super().__init__(scope, construct_id)

        self._web_acl_scope = web_acl_scope
        self._associated: list[str] = []
        self._web_acl = wafv2.CfnWebACL(
            self,
            "Resource",
            scope=web_acl_scope,
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
            rules=firewall_rules(rate_limit=rate_limit, bot_control=bot_control),
            data_protection_config=data_protection(),
            visibility_config=wafv2.CfnWebACL.VisibilityConfigProperty(
                cloud_watch_metrics_enabled=True, metric_name="WebFirewall", sampled_requests_enabled=True
            ),
        )
        self._log_group = log_requests(self, self._web_acl, encryption_key)

    @property
    def web_acl(self) -> wafv2.CfnWebACL:
        """The web ACL itself."""
        return self._web_acl

    @property
    def web_acl_arn(self) -> str:
        """The web ACL's ARN; a distribution takes it as its ``web_acl_id``."""
        return self._web_acl.attr_arn

    @property
    def web_acl_scope(self) -> str:
        """``REGIONAL`` or ``CLOUDFRONT``."""
        return self._web_acl_scope

    @property
    def log_group(self) -> logs.LogGroup:
        """Where requests are logged."""
        return self._log_group

    @checked_arguments
    def associate(self, resource_arn: str, *, scope: Construct | None = None) -> wafv2.CfnWebACLAssociation:
        """Put the firewall in front of a load balancer, an API's stage, or another Regional resource.

        :param resource_arn: the resource, of the same Region.
        :param scope: where the association is defined. Give a construct of the resource's own stack if that is
            another one. Default: this firewall.
        :raises ValueError: a firewall for CloudFront, or a resource that has this firewall already.
        """
        if self._web_acl_scope == "CLOUDFRONT":
            refuse(
                "resource_arn",
                resource_arn,
                allowed="a firewall for CloudFront is named by the distribution",
                fix="Pass web_acl_id=firewall.web_acl_arn to the distribution, or use Distribution.",
            )
        if resource_arn in self._associated:
            refuse("resource_arn", resource_arn, allowed="it has this firewall already", fix="Associate it once.")
        self._associated.append(resource_arn)
        return wafv2.CfnWebACLAssociation(
            scope or self,
            "WebAclAssociation" if scope else f"Association{len(self._associated)}",
            resource_arn=resource_arn,
            web_acl_arn=self._web_acl.attr_arn,
        )


def log_requests(scope: Construct, web_acl: wafv2.CfnWebACL, encryption_key: kms.IKey | None) -> logs.LogGroup:
    """Log what a web ACL sees in ``scope``, encrypted and without secrets."""
    # WAF takes only names that begin so: docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
    suffix = deployed_name(scope, max_length=200)
    log_group = EncryptedLogGroup(
        scope, "Logs", encryption_key=encryption_key, log_group_name=f"aws-waf-logs-{suffix}"
    ).log_group
    # The page above asks for the ARN without the ``:*`` that CloudFormation's attribute ends in.
    arn = arn_in(scope, "logs", f"log-group:{log_group.log_group_name}")
    match = wafv2.CfnLoggingConfiguration.FieldToMatchProperty
    wafv2.CfnLoggingConfiguration(
        scope,
        "Logging",
        resource_arn=web_acl.attr_arn,
        log_destination_configs=[arn],
        redacted_fields=[
            *(match(single_header={"Name": name}) for name in _SECRET_HEADERS),
            match(query_string={}),
        ],
    )
    return log_group


def data_protection() -> wafv2.CfnWebACL.DataProtectionConfigProperty:
    """Keep secrets and PHI out of sampled requests and Security Lake too, which redaction of logs does not reach.

    The header ``cookie`` stands for the values of all cookies. ``SINGLE_COOKIE`` cannot: the service model of 2026
    wants each cookie's name, where older pages took none for all. Sources:
    docs.aws.amazon.com/waf/latest/developerguide/data-protection-limitations.html and
    docs.aws.amazon.com/waf/latest/APIReference/API_FieldToProtect.html.
    """
    fields = [("SINGLE_HEADER", list(_SECRET_HEADERS)), ("QUERY_STRING", None), ("BODY", None)]
    return wafv2.CfnWebACL.DataProtectionConfigProperty(
        data_protections=[
            wafv2.CfnWebACL.DataProtectProperty(
                action="SUBSTITUTION",
                field=wafv2.CfnWebACL.FieldToProtectProperty(field_type=kind, field_keys=keys),
            )
            for kind, keys in fields
        ]
    )


def _require_region(scope: Construct, web_acl_scope: str) -> None:
    region = region_of(scope)
    if web_acl_scope == "CLOUDFRONT" and not is_token(region) and region != _CLOUDFRONT_REGION:
        refuse(
            "web_acl_scope",
            web_acl_scope,
            allowed=f"a firewall for CloudFront belongs in {_CLOUDFRONT_REGION}, and this stack is in {region}",
            fix=f"Define it in a stack with env region='{_CLOUDFRONT_REGION}'; GovCloud and China have none.",
        )
