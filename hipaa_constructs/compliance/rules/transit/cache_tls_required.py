"""Caches and in-memory databases require TLS.

Compliant: encryption in transit is on and required. Non-compliant: it is off, which is the default of ElastiCache,
DAX and AppSync's cache, or only preferred. MemoryDB has it on by default.
"""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import is_true
from hipaa_constructs.compliance.facts.settings import Setting, one_of, to_set
from hipaa_constructs.compliance.fix import fixes_of_types
from hipaa_constructs.compliance.rule import Rule, Verdict, worst

_SETTINGS: Mapping[str, tuple[Setting, ...]] = {
    "AWS::AppSync::ApiCache": (Setting("TransitEncryptionEnabled", is_true, False),),
    "AWS::DAX::Cluster": (Setting("ClusterEndpointEncryptionType", one_of("TLS"), "NONE", value="TLS"),),
    "AWS::ElastiCache::CacheCluster": (Setting("TransitEncryptionEnabled", is_true, False),),
    "AWS::ElastiCache::ReplicationGroup": (
        Setting("TransitEncryptionEnabled", is_true, False),
        Setting("TransitEncryptionMode", one_of("required"), "required", value="required"),
    ),
    "AWS::MemoryDB::Cluster": (Setting("TLSEnabled", is_true, True),),
    "AWS::MemoryDB::MultiRegionCluster": (Setting("TLSEnabled", is_true, True),),
}


def check(resource: Resource) -> Verdict:
    return worst(setting.judge(resource) for setting in _SETTINGS[resource.type])


RULE = Rule(
    name="CacheTlsRequired",
    severity="error",
    resource_types=tuple(_SETTINGS),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Turn encryption in transit on, and require it.",
    fixes=fixes_of_types(to_set(_SETTINGS), constructs={"AWS::ElastiCache::ReplicationGroup": "TlsCache"}),
    check=check,
)
