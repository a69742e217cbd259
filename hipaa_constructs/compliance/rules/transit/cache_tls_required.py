"""Caches and in-memory databases require TLS.

Compliant: encryption in transit is on and required. Non-compliant: it is off, which is the default of ElastiCache,
DAX and AppSync's cache, or only preferred. MemoryDB has it on by default.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, is_one_of, is_true
from hipaa_constructs.compliance.facts.caches import is_older
from hipaa_constructs.compliance.facts.settings import Setting, one_of, to_set
from hipaa_constructs.compliance.fix import Fix, fixes_of_types
from hipaa_constructs.compliance.rule import Rule, Verdict, worst

_CACHE, _GROUP = "AWS::ElastiCache::CacheCluster", "AWS::ElastiCache::ReplicationGroup"
_SETTINGS: Mapping[str, tuple[Setting, ...]] = {
    "AWS::AppSync::ApiCache": (Setting("TransitEncryptionEnabled", is_true, False),),
    "AWS::DAX::Cluster": (Setting("ClusterEndpointEncryptionType", one_of("TLS"), "NONE", value="TLS"),),
    _CACHE: (Setting("TransitEncryptionEnabled", is_true, False),),
    _GROUP: (
        Setting("TransitEncryptionEnabled", is_true, False),
        Setting("TransitEncryptionMode", one_of("required"), "required", value="required"),
    ),
    "AWS::MemoryDB::Cluster": (Setting("TLSEnabled", is_true, True),),
    "AWS::MemoryDB::MultiRegionCluster": (Setting("TLSEnabled", is_true, True),),
}


def check(resource: Resource) -> Verdict:
    return worst(setting.judge(resource) for setting in _SETTINGS[resource.type])


def _is_of_redis(cache: Resource) -> bool:
    return is_one_of(cache.get("Engine"), "redis", "valkey", any_case=True) is Ternary.YES


def _speaks_tls(group: Resource) -> bool:
    return is_true(group.get("TransitEncryptionEnabled")) is Ternary.YES


_ON, _MODE = "TransitEncryptionEnabled", "TransitEncryptionMode"

RULE = Rule(
    name="CacheTlsRequired",
    severity="error",
    resource_types=tuple(_SETTINGS),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Turn encryption in transit on, and require it.",
    fixes=(
        # docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption.html
        Fix(
            (_CACHE,),
            beside="A CacheCluster of Redis OSS or Valkey has no TLS: an AWS::ElastiCache::ReplicationGroup with "
            f"{_ON}: true stands in its place, of one node with NumCacheClusters: 1.",
            constructs=("TlsCache",),
            when=_is_of_redis,
        ),
        Fix(
            (_CACHE,),
            {_ON: True, "EngineVersion": "1.6.22"},
            beside="Memcached has TLS from 1.6.12 on.",
            when=partial(is_older, engine="memcached", version=(1, 6, 12)),
        ),
        # docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption-enable.html
        Fix(
            (_GROUP,),
            {_MODE: "required"},
            beside="It ends connections without TLS, so all clients speak it before.",
            constructs=("TlsCache",),
            when=_speaks_tls,
        ),
        Fix(
            (_GROUP,),
            {_ON: True},
            beside="A group of Redis OSS before 7 takes TLS, from 4.0.10 on, only as it is made: one that exists goes "
            f"to 7 first, and by {_MODE}: preferred to required.",
            constructs=("TlsCache",),
            when=partial(is_older, engine="redis", version=(7,)),
        ),
        Fix(
            (_GROUP,),
            {_ON: True, _MODE: "required"},
            beside=f"A group that exists is deployed with {_MODE}: preferred first, and with required once all clients "
            "speak TLS.",
            constructs=("TlsCache",),
        ),
        *fixes_of_types({kind: values for kind, values in to_set(_SETTINGS).items() if kind != _GROUP}),
    ),
    check=check,
)
