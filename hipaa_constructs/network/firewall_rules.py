"""What passes a network firewall between an organization's networks and the internet: what is named, and nothing else.

The rules are in the order in which they are evaluated, each of them on the packets of whoever opened a connection
(``flow:to_server``), as docs.aws.amazon.com/network-firewall/latest/developerguide/suricata-examples.html has them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from hipaa_constructs._arguments import checked_arguments, is_token, refuse, require_range, require_written
from hipaa_constructs.network.allowed_domains import MOST, unfit_domain

# Each domain is a rule for HTTP and one for TLS; each flow is a rule. Capacity cannot be changed later, so a group has
# room for the most there may be: docs.aws.amazon.com/network-firewall/latest/developerguide/rule-group-managing.html.
DOMAIN_CAPACITY, NETWORK_CAPACITY = 1000, 200
_MOST_FLOWS = 100

# The last word on what the first rules and the list of domains have not let through.
_DROPPED = (
    ("Between networks, not named", "ip $HOME_NET any -> $HOME_NET any", ""),
    ("Opened from outside", "ip !$HOME_NET any -> any any", ""),
    ("To the internet, neither HTTP nor TLS", "ip $HOME_NET any -> !$HOME_NET any", "ip_proto:!TCP; "),
    ("To the internet, on another port", "tcp $HOME_NET any -> !$HOME_NET ![80,443]", ""),
)


class InternalFlow:
    """What ``InspectionVpc`` lets through between two networks of an organization: TCP to one port.

    :param source: the addresses that open the connection, a literal block such as ``10.1.0.0/16``.
    :param destination: the addresses that answer, a literal block.
    :param port: the port that answers.
    :raises ValueError: a block that is none or a token, or a port that is none.
    """

    @checked_arguments
    def __init__(self, *, source: str, destination: str, port: int) -> None:
        _require_block("source", source)
        _require_block("destination", destination)
        require_written("port", port, fix="Write it out, such as 443.")
        require_range("port", port, 1, 65_535, unit="for TCP", fix="Name the port that answers, such as 443.")
        self._source, self._destination, self._port = source, destination, port

    @property
    def source(self) -> str:
        """The addresses that open the connection."""
        return self._source

    @property
    def destination(self) -> str:
        """The addresses that answer."""
        return self._destination

    @property
    def port(self) -> int:
        """The port that answers."""
        return self._port


def require_domains(domains: Sequence[str]) -> list[str]:
    """Return the domains, or refuse what a list of domains would not take, or what lets everybody's names through."""
    if not 1 <= len(domains) <= MOST:
        refuse(
            "allowed_domains",
            f"{len(domains)} domains",
            allowed=f"it takes 1 to {MOST}",
            fix="Name what workloads reach on the internet, such as ['api.example.com', '.example.org'].",
        )
    for domain in domains:
        fault = unfit_domain(domain)
        if fault is not None:
            allowed, fix = fault
            got = "an unresolved token" if is_token(domain) else domain
            refuse("allowed_domains", got, allowed=allowed, fix=fix)
    _require_different("allowed_domains", domains)
    return list(domains)


def require_flows(flows: Sequence[InternalFlow], networks: Sequence[str]) -> list[InternalFlow]:
    """Return the flows, or refuse one that begins or ends outside of ``networks``."""
    if len(flows) > _MOST_FLOWS:
        refuse(
            "internal_flows",
            f"{len(flows)} flows",
            allowed=f"it takes {_MOST_FLOWS} at most",
            fix="Put networks together into blocks that hold them.",
        )
    known = [ipaddress.IPv4Network(network) for network in networks]
    for flow in flows:
        for block in (flow.source, flow.destination):
            if not any(ipaddress.IPv4Network(block).subnet_of(network) for network in known):
                refuse(
                    "internal_flows",
                    block,
                    allowed=f"flows begin and end within private_cidrs, {', '.join(networks)}",
                    fix="Name a block within them; what is on the internet stands in allowed_domains.",
                )
    _require_different("internal_flows", [f"{flow.source} to {flow.destination}:{flow.port}" for flow in flows])
    return list(flows)


def network_rules(flows: Sequence[InternalFlow]) -> str:
    """Return the rules of networks: flows that pass, then what is dropped before any domain is looked at."""
    passed = [
        f'pass tcp {flow.source} any -> {flow.destination} {flow.port} (msg:"Named flow"; flow:to_server; '
        f"sid:{number}; rev:1;)"
        for number, flow in enumerate(flows, start=1001)
    ]
    dropped = [
        f'drop {what} (msg:"{message}"; {only}flow:to_server; sid:{number}; rev:1;)'
        for number, (message, what, only) in enumerate(_DROPPED, start=1)
    ]
    return "\n".join((*passed, *dropped))


def _require_block(argument: str, cidr: str) -> None:
    try:
        ipaddress.IPv4Network(cidr)
    except ValueError:
        refuse(
            argument,
            "an unresolved token" if is_token(cidr) else cidr,
            allowed="it takes a literal IPv4 block",
            fix="Write it like '10.1.0.0/16'.",
        )


def _require_different(argument: str, names: Sequence[str]) -> None:
    for index, name in enumerate(names):
        if name in names[:index]:
            refuse(argument, name, allowed="each is named once", fix="Leave the second out.")
