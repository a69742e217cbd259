"""Kafka clusters and connectors use TLS alone.

Compliant: clients and brokers speak TLS only, and brokers among themselves too, both of which are MSK's defaults.
Non-compliant: plaintext, beside TLS or alone; connectors whose cluster is reached in plaintext. MSK Serverless is
not inspected: it speaks TLS only.
"""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.compliance.rule import Rule, Verdict
from hipaa_constructs.compliance.switches import Switch, judge_switches
from hipaa_constructs.compliance.template import Resource

_SWITCHES: Mapping[str, tuple[Switch, ...]] = {
    "AWS::KafkaConnect::Connector": (Switch("KafkaClusterEncryptionInTransit.EncryptionType", ("tls",), "PLAINTEXT"),),
    "AWS::MSK::Cluster": (
        Switch("EncryptionInfo.EncryptionInTransit.ClientBroker", ("tls",), "TLS"),
        Switch("EncryptionInfo.EncryptionInTransit.InCluster", ("true",), "true"),
    ),
}


def check(resource: Resource) -> Verdict:
    return judge_switches(resource, _SWITCHES[resource.type], "messages cross the network in clear")


RULE = Rule(
    name="KafkaTlsRequired",
    title="Kafka clusters and connectors use TLS alone",
    severity="error",
    resource_types=tuple(_SWITCHES),
    fix="Set client_broker=msk.ClientBrokerEncryption.TLS and enable_in_cluster_encryption=True, and "
    "encryption_type='TLS' on connectors.",
    check=check,
)
