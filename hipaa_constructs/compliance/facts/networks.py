"""Whether an app has a network, and what of it stands there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from hipaa_constructs.cloudformation.model import App, Resource, Template
from hipaa_constructs.cloudformation.naming import names
from hipaa_constructs.cloudformation.values import as_mapping, function_of

_NETWORKS = ("AWS::EC2::VPC", "AWS::EC2::Subnet")
# docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
_ASKS = re.compile(r"AWS::EC2::(VPC|Subnet)::Id")
# Properties by which resources, custom ones and nested stacks are placed in a network.
_PLACES = re.compile(r"\w*subnet\w*|vpc_?ids?|vpczoneidentifier|vpc_?config", re.IGNORECASE)


# What stands in a network, and is reached by an address there.
_IN_NETWORKS = (
    "AWS::AmazonMQ::Broker",
    "AWS::DAX::Cluster",
    "AWS::DocDB::DBCluster",
    "AWS::DocDB::DBInstance",
    "AWS::EC2::Instance",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElastiCache::ServerlessCache",
    "AWS::ElasticLoadBalancing::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::Elasticsearch::Domain",
    "AWS::MSK::Cluster",
    "AWS::MSK::ServerlessCluster",
    "AWS::MemoryDB::Cluster",
    "AWS::Neptune::DBCluster",
    "AWS::Neptune::DBInstance",
    "AWS::OpenSearchService::Domain",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::RDS::DBProxy",
    "AWS::Redshift::Cluster",
    "AWS::RedshiftServerless::Workgroup",
)


def names_something_private(function: Resource) -> bool:
    """Whether what a function is given names what stands in a network of its template, or the login of a database."""
    template = function.template
    private = template.app.cached(f"in networks: {id(template)}", partial(_private, template))
    return any(names(function.raw.get("Properties"), name) for name in private)


def _private(template: Template, app: App) -> Sequence[str]:
    found = [name for name, one in template.resources.items() if one.type in _IN_NETWORKS]
    for name, one in template.resources.items():
        if one.type == "AWS::SecretsManager::SecretTargetAttachment":
            secret = template.target(one.get("SecretId"), "AWS::SecretsManager::Secret")
            found += [name, *([secret.logical_id] if secret else [])]
    return found


def has_network(app: App) -> bool:
    """Whether an app has or names a network that functions could run in, on whatever condition."""
    return app.cached("network of the app", _has_network)


def _has_network(app: App) -> bool:
    return (
        any(app.resources.get(kind) for kind in _NETWORKS)
        or any(
            _ASKS.search(str(as_mapping(declared).get("Type")))
            for template in app.templates
            for declared in template.parameters.values()
        )
        or any(
            _names_network(resource.raw.get("Properties"))
            for resources in app.resources.values()
            for resource in resources
        )
    )


def _names_network(written: Any) -> bool:
    """Whether written properties name a network anywhere, in any branch."""
    if isinstance(written, list):
        return any(map(_names_network, written))
    if not isinstance(written, Mapping):
        return False
    return any(
        (_PLACES.fullmatch(str(key)) and _names(value)) or _names_network(value) for key, value in written.items()
    )


def _names(value: Any) -> bool:
    """Whether a value says something; what literal settings say is asked of each by itself."""
    function, argument = function_of(value)
    if function == "Fn::If":
        return isinstance(argument, list) and any(map(_names, argument[1:]))
    if function:
        return (function, argument) != ("Ref", "AWS::NoValue")
    if isinstance(value, list):
        return any(map(_names, value))
    return not isinstance(value, Mapping) and value not in (None, "")
