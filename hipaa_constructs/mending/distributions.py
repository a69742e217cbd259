"""Distributions: how they ask buckets for what they serve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hipaa_constructs.cloudformation.naming import names
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.mending.additions import unlike
from hipaa_constructs.mending.draft import (
    DECIDED,
    CannotMendError,
    Draft,
    is_function,
    is_plain,
    listed,
    require_undecided,
)
from hipaa_constructs.mending.records import after

_IDENTITY = "AWS::CloudFront::CloudFrontOriginAccessIdentity"
_CONTROL = "AWS::CloudFront::OriginAccessControl"
_POLICY = "AWS::S3::BucketPolicy"
_SERVICE = {"Service": "cloudfront.amazonaws.com"}
_ELSEWHERE = "How its bucket lets CloudFront in the template does not show."


def origins_signed(draft: Draft, finding: Finding) -> None:
    """Let a distribution ask buckets by a control, where an identity of the template stood for it.

    The policies let the identity in as before, since the edges go on to use it until each has the new configuration:
    docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
    #migrate-from-oai-to-oac.
    """
    name = finding.resource_logical_id
    config = draft.properties(name).get("DistributionConfig")
    origins = config.get("Origins") if is_plain(config) else None
    if not isinstance(origins, list) or not all(map(is_plain, origins)):
        raise CannotMendError(DECIDED)
    for origin in origins:
        setting = origin.get("S3OriginConfig")
        if setting is None or origin.get("OriginAccessControlId"):
            continue
        require_undecided(setting)
        identities = [one for one, _ in draft.ids(_IDENTITY) if names(setting.get("OriginAccessIdentity"), one)]
        policies = list(_policies(draft, origin.get("DomainName"), identities))
        if not policies:
            raise CannotMendError(_ELSEWHERE)
        for policy in policies:
            _let_in(draft, policy, identities[0])
            if not names(draft.resource(policy), name):
                after(draft.resource(name), policy)
        origin["OriginAccessControlId"] = {"Fn::GetAtt": [_control(draft), "Id"]}
        origin["S3OriginConfig"] = {"OriginAccessIdentity": ""}


def _policies(draft: Draft, domain: Any, identities: list[str]) -> Iterator[str]:
    """Yield the policies of an origin's bucket, by what its domain name refers to, that let an identity in."""
    for name, raw in draft.of_type(_POLICY):
        bucket = raw["Properties"].get("Bucket")
        of_origin = isinstance(bucket, dict) and "Ref" in bucket and names(domain, str(bucket["Ref"]))
        if of_origin and any(_lets_in(one, identity) for identity in identities for one in _statements(raw)):
            yield name


def _statements(raw: Mapping[str, Any]) -> list[Any]:
    document = raw["Properties"].get("PolicyDocument")
    if not is_plain(document) or is_function(document.get("Statement")):
        return []
    return listed(document.get("Statement", []))


def _lets_in(statement: Any, identity: str) -> bool:
    allows = is_plain(statement) and statement.get("Effect") == "Allow" and "Condition" not in statement
    return allows and names(statement.get("Principal"), identity)


def _let_in(draft: Draft, policy: str, identity: str) -> None:
    """Let the account's distributions do what a policy lets an identity do."""
    raw = draft.resource(policy)
    statements = _statements(raw)
    mine = {"Fn::Sub": "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/*"}
    for statement in [one for one in statements if _lets_in(one, identity)]:
        # Of one distribution alone the policy would have to wait for it, which asks nothing before it is let in.
        kept = {key: value for key, value in statement.items() if key not in ("Sid", "Principal")}
        also = {"Principal": dict(_SERVICE), **kept, "Condition": {"ArnLike": {"aws:SourceArn": mine}}}
        if not any({**one, "Sid": None} == {**also, "Sid": None} for one in statements if is_plain(one)):
            statements = [*statements, {"Sid": unlike("Distributions", statements), **also}]
    raw["Properties"]["PolicyDocument"]["Statement"] = statements


def _control(draft: Draft) -> str:
    for name, _ in draft.ids(_CONTROL):
        if name.startswith("BucketOriginControl"):
            return name
    # The account's controls need names of their own; a stack's id has a part that is of this one alone.
    unique = {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}
    config = {
        "Name": unique,
        "OriginAccessControlOriginType": "s3",
        "SigningBehavior": "always",
        "SigningProtocol": "sigv4",
    }
    return draft.add("BucketOriginControl", {"Type": _CONTROL, "Properties": {"OriginAccessControlConfig": config}})
