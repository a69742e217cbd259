"""Kafka clusters and connectors use TLS only.

Compliant: clients and brokers speak TLS only, and brokers among themselves too, both of which are MSK's defaults.
Non-compliant: plaintext, beside TLS or alone; connectors whose cluster is reached in plaintext. MSK Serverless is
not inspected: it speaks TLS only.
"""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, is_true
from hipaa_constructs.compliance.facts.settings import Setting, one_of, to_set
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, worst

_CLUSTER, _CONNECTOR = "AWS::MSK::Cluster", "AWS::KafkaConnect::Connector"
_CLIENTS = "EncryptionInfo.EncryptionInTransit.ClientBroker"
_BROKERS = "EncryptionInfo.EncryptionInTransit.InCluster"
_SETTINGS: Mapping[str, tuple[Setting, ...]] = {
    _CONNECTOR: (Setting("KafkaClusterEncryptionInTransit.EncryptionType", one_of("TLS"), "PLAINTEXT", value="TLS"),),
    _CLUSTER: (
        Setting(_CLIENTS, one_of("TLS"), "TLS", value="TLS"),
        Setting(_BROKERS, is_true, True),
    ),
}


def check(resource: Resource) -> Verdict:
    return worst(setting.judge(resource) for setting in _SETTINGS[resource.type])


# To write InCluster where nothing was written replaces the cluster too, and true is the default:
# docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-msk-cluster-encryptionintransit.html
def _has_plain_brokers(cluster: Resource) -> bool:
    return is_true(cluster.get(_BROKERS, True)) is Ternary.NO


RULE = Rule(
    name="KafkaTlsRequired",
    severity="error",
    resource_types=tuple(_SETTINGS),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Let clients, brokers and connectors speak TLS only.",
    fixes=(
        Fix((_CLUSTER,), to_set(_SETTINGS)[_CLUSTER], when=_has_plain_brokers),
        Fix((_CLUSTER,), {_CLIENTS: "TLS"}),
        Fix((_CONNECTOR,), to_set(_SETTINGS)[_CONNECTOR]),
    ),
    check=check,
)
