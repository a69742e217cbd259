"""What web ACLs keep out of every record of a request, and whether they see any."""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.naming import names
from hipaa_constructs.cloudformation.values import UNKNOWN, Unknown, as_items, as_mapping, as_text, dig, spread
from hipaa_constructs.compliance.facts.mentions import users_in_template

# Headers that let whoever reads them act as the sender.
SECRET_HEADERS = ("authorization", "cookie")
# Where forms and links carry identifiers, and people's own search terms.
QUERY_STRING = "?"
_LOGGING = "AWS::WAFv2::LoggingConfiguration"
# What EdgeWafAttached and LoadBalancerWafAttached ask to have a web ACL; and where an app attaches one.
_GUARDED = (
    "AWS::ApiGateway::Deployment",
    "AWS::ApiGateway::Stage",
    "AWS::AppSync::GraphQLApi",
    "AWS::CloudFront::Distribution",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
)
_ATTACHED = {
    "AWS::CloudFront::Distribution": "DistributionConfig.WebACLId",
    "AWS::WAFv2::WebACLAssociation": "WebACLArn",
}


def protected_fields(web_acl: Resource) -> Iterator[str | Unknown]:
    """Yield the headers, and ``QUERY_STRING``, that a web ACL hides wherever requests are kept.

    ``UNKNOWN`` stands for what cannot be told. Single headers and cookies that are not named are such: WAF's service
    model (botocore 1.44.5, ``FieldToProtect``) wants names and says that nothing means all, where CloudFormation's
    pages say that none means all:
    docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-wafv2-webacl-fieldtoprotect.html.
    """
    for field in spread(web_acl.properties, "DataProtectionConfig.DataProtections[].Field"):
        kind, keys = as_text(dig(field, "FieldType")), as_items(dig(field, "FieldKeys"))
        if isinstance(kind, Unknown) or (kind in ("SINGLE_HEADER", "SINGLE_COOKIE") and not keys):
            yield UNKNOWN
        elif kind == "SINGLE_HEADER":
            yield from (key.lower() if isinstance(key, str) else UNKNOWN for key in keys)
        elif kind == "SINGLE_COOKIE":
            # The other cookies stay in clear.
            yield from (UNKNOWN for key in keys if key is UNKNOWN)
        elif kind == "QUERY_STRING":
            yield QUERY_STRING


def guards_nothing(web_acl: Resource) -> bool:
    """Whether an app has what a web ACL could guard, and neither attaches it to that nor shows it in an output.

    Of an app that has nothing of the kind others attach it, by its name or ARN. Its logging is no use of it.
    """
    template = web_acl.template
    outputs = as_mapping(template.body.get("Outputs")).values()
    return (
        any(template.app.resources.get(kind) for kind in _GUARDED)
        and not any(names(as_mapping(output).get("Value"), web_acl.logical_id) for output in outputs)
        and all(user.type == _LOGGING for user in users_in_template(web_acl))
        and not any(template.app.referring(web_acl, kind, path) for kind, path in _ATTACHED.items())
    )
