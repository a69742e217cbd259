"""AWS WAF: what web ACLs of the app see is logged, and neither logs nor samples hold credentials."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_wafv2 as wafv2

from hipaa_constructs._arguments import is_token
from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.raw import Raw, RawSetting
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.edge.web_firewall import data_protection, log_requests

_TYPE = "AWS::WAFv2::WebACL"
_LOGGING = "AWS::WAFv2::LoggingConfiguration"


def _finish(session: Session, found: Found) -> None:
    logged = [str(session.resolved(one, "resource_arn")) for one in found.of(_LOGGING)]
    for acl in found.of(_TYPE):
        path = session.path(acl)
        # The name in quotes, as in a reference or in Fn::GetAtt.
        if any(f"'{session.name(acl)}'" in one for one in logged):
            continue
        stack = session.stack(acl)
        if acl.scope == "CLOUDFRONT" and (is_token(stack.region) or stack.region != "us-east-1"):
            why = "A web ACL for CloudFront logs in us-east-1, and its stack is not known to be there."
            session.record(acl, path, _TYPE, "logging", [], "unreached", why)
            continue
        owner: Any = session.owner(acl)
        log_requests(session.home(owner, acl.node.id), acl, session.key(acl))
        why = "Requests are logged under the stack's key, without credentials and queries, and kept seven years."
        session.record(acl, path, _TYPE, "logging", [], "set", why)


SERVICE = Service(
    raw=[
        Raw(
            construct=wafv2.CfnWebACL,
            resource_type=_TYPE,
            settings=[
                RawSetting(
                    attribute="data_protection_config",
                    property="DataProtectionConfig",
                    value=lambda session, acl: data_protection(),
                    why="Samples and logs hold no credentials, queries or bodies.",
                )
            ],
        )
    ],
    types=[_TYPE, _LOGGING],
    finish=_finish,
    later=["Web ACLs that nothing logs do, without credentials and queries."],
)
