"""The pictures of the HTML report, each with the same told as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hipaa_constructs.evidence.data_flow import Flow, Node, flows_of
from hipaa_constructs.evidence.data_flow_map import data_flow_map
from hipaa_constructs.evidence.labels import some
from hipaa_constructs.evidence.model import Evidence
from hipaa_constructs.evidence.network import TIER_WORDS, networks_of
from hipaa_constructs.evidence.network_map import network_map
from hipaa_constructs.evidence.system import system_of
from hipaa_constructs.evidence.system_map import system_map

# More than these a page cannot usefully show; the tables and report.json have all.
_MOST_NETWORKS = 12
_MOST_FLOWS = 24
_MOST_OPEN_FLOWS = 0


@dataclass(frozen=True, slots=True)
class FlowRow:
    """A store with who may reach it and how, and its keys."""

    store: Node
    parties: Sequence[tuple[Node, str]]
    keys: Sequence[Node]


def pictures_of(evidence: Evidence) -> Mapping[str, Any]:
    """Return the pictures and the facts that they show."""
    networks = networks_of(evidence.app)
    flows, more_flows = flows_of(evidence, _MOST_FLOWS)
    subnets = sum(len(group.subnets) for network in networks for group in network.groups)
    public = sum(len(group.subnets) for network in networks for group in network.groups if group.tier == "public")
    system = system_of(evidence, networks)
    return {
        "system": system,
        "system_picture": system_map(system) if system.regions else "",
        "networks": [
            (network, network_map(network) if position < _MOST_NETWORKS else "")
            for position, network in enumerate(networks)
        ],
        "network_intro": (
            f"{some(len(networks), 'VPC')} with {some(subnets, 'subnet')}, {public or 'none'} of them public."
        ),
        "tier_words": TIER_WORDS,
        "most_networks": _MOST_NETWORKS,
        "flows": [(flow, data_flow_map(flow)) for flow in flows],
        "more_flows": more_flows,
        "flow_rows": _rows,
        "most_open_flows": _MOST_OPEN_FLOWS,
    }


def _rows(flow: Flow) -> Sequence[FlowRow]:
    return [
        FlowRow(
            store=store,
            parties=[
                (flow.parties[who], " and ".join(sorted(verbs)))
                for (who, about), verbs in sorted(flow.access.items())
                if about == position
            ],
            keys=[flow.keys[key] for about, key in sorted(flow.encrypted) if about == position],
        )
        for position, store in enumerate(flow.stores)
    ]
