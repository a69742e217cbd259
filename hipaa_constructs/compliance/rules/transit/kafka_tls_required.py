"""Kafka clusters and connectors use TLS only.

Compliant: clients and brokers speak TLS only, and brokers among themselves too, both of which are MSK's defaults.
Non-compliant: plaintext, beside TLS or alone; connectors whose cluster is reached in plaintext. MSK Serverless is
not inspected: it speaks TLS only.
"""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import is_true
from hipaa_constructs.compliance.facts.settings import Setting, one_of, to_set
from hipaa_constructs.compliance.fix import fixes_of_types
from hipaa_constructs.compliance.rule import Rule, Verdict, worst

_SETTINGS: Mapping[str, tuple[Setting, ...]] = {
    "AWS::KafkaConnect::Connector": (
        Setting("KafkaClusterEncryptionInTransit.EncryptionType", one_of("TLS"), "PLAINTEXT", value="TLS"),
    ),
    "AWS::MSK::Cluster": (
        Setting("EncryptionInfo.EncryptionInTransit.ClientBroker", one_of("TLS"), "TLS", value="TLS"),
        Setting("EncryptionInfo.EncryptionInTransit.InCluster", is_true, True),
    ),
}


def check(resource: Resource) -> Verdict:
    return worst(setting.judge(resource) for setting in _SETTINGS[resource.type])


RULE = Rule(
    name="KafkaTlsRequired",
    severity="error",
    resource_types=tuple(_SETTINGS),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Let clients, brokers and connectors speak TLS only.",
    fixes=fixes_of_types(to_set(_SETTINGS)),
    check=check,
)
