"""Caches and in-memory databases require TLS.

Compliant: encryption in transit is on and required. Non-compliant: it is off, which is the default of ElastiCache,
DAX and AppSync's cache, or only preferred. MemoryDB has it on by default.
"""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.compliance.rule import Rule, Verdict
from hipaa_constructs.compliance.switches import Switch, judge_switches
from hipaa_constructs.compliance.template import Resource

_SWITCHES: Mapping[str, tuple[Switch, ...]] = {
    "AWS::AppSync::ApiCache": (Switch("TransitEncryptionEnabled", ("true",), "false"),),
    "AWS::DAX::Cluster": (Switch("ClusterEndpointEncryptionType", ("tls",), "NONE"),),
    "AWS::ElastiCache::CacheCluster": (Switch("TransitEncryptionEnabled", ("true",), "false"),),
    "AWS::ElastiCache::ReplicationGroup": (
        Switch("TransitEncryptionEnabled", ("true",), "false"),
        Switch("TransitEncryptionMode", ("required",), "required"),
    ),
    "AWS::MemoryDB::Cluster": (Switch("TLSEnabled", ("true",), "true"),),
    "AWS::MemoryDB::MultiRegionCluster": (Switch("TLSEnabled", ("true",), "true"),),
}


def check(resource: Resource) -> Verdict:
    return judge_switches(resource, _SWITCHES[resource.type], "data crosses the network in clear")


RULE = Rule(
    name="CacheTlsRequired",
    title="Caches and in-memory databases require TLS",
    severity="error",
    resource_types=tuple(_SWITCHES),
    fix="Set transit_encryption_enabled=True (tls_enabled=True on MemoryDB, cluster_endpoint_encryption_type='TLS' on "
    "DAX), and transit_encryption_mode='required' where it is given.",
    check=check,
)
