"""Machines that people call are called over TLS.

An output of a stack says how its app is reached (docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/
outputs-section-structure.html). Compliant: no output of the template has ``http://`` with the address or the name of an
instance, or an Elastic IP address; or groups let anybody in on a port for TLS. Non-compliant: one has, so that the app
is served in clear text, on whatever port; or the groups of an instance, of a group of machines or of a service of ECS
open port 80 to anybody, or another that servers speak HTTP on until somebody sets up TLS, and none for TLS to anyone. A
warning, said once a template, since what is there may be a page that leads elsewhere. Not applicable: neither is so, or
what the template's machines start with sets up TLS; where a load balancer, a distribution or an API of the app stands
in front, and where no public address leads to it, ports tell nothing. SecurityGroupNotOpen judges who may come, and
LoadBalancerTlsRequired what stands in front.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hipaa_constructs._secret_texts import decoded
from hipaa_constructs.cloudformation.model import Resource, Template
from hipaa_constructs.cloudformation.values import Reference, Text, as_mapping
from hipaa_constructs.compliance.facts.clear_ports import SCALED, SERVICE, clear_ports
from hipaa_constructs.compliance.facts.instances import INSTANCE
from hipaa_constructs.compliance.facts.literal_secrets import shown
from hipaa_constructs.compliance.facts.said_once import say_once
from hipaa_constructs.compliance.facts.startup import INIT, TYPES, of_text, read_by_init, user_data
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, listed

_ADDRESS = "AWS::EC2::EIP"
_TYPES = (INSTANCE, _ADDRESS, SCALED, SERVICE)
_CLEAR = re.compile(r"(^|[^\w])http://([^/\s@]*@)?$", re.IGNORECASE)
# What terminates TLS on a machine.
_TLS = re.compile(
    r"certbot|lets-?encrypt|\bacme\b|acme\.sh|\blego\b|ssl_certificate|SSLEngine|mod_ssl|\bcaddy\b|\btraefik\b|"
    r"\b443\b|openssl\s+req|\bstunnel\b|certificate-manager",
    re.IGNORECASE,
)


def check(resource: Resource) -> Verdict:
    return say_once(resource, _judge, _TYPES)


def _judge(resource: Resource) -> Verdict:
    given = list(_given(resource))
    clear = [name for name, is_clear in given if is_clear]
    opened = clear_ports(resource) if resource.type != _ADDRESS else ()
    if (not given and not opened) or ((clear or opened) and _sets_up_tls(resource.template)):
        return NOT_APPLICABLE
    if clear:
        give = "gives" if len(clear) == 1 else "give"
        outputs = "Output" if len(clear) == 1 else "Outputs"
        return failed(
            f"{outputs} {listed(clear)} {give} http:// with its address: what is sent there is in clear text.", at=""
        )
    if opened:
        groups, ports = dict.fromkeys(group for group, _ in opened), dict.fromkeys(str(port) for _, port in opened)
        open_, port = "opens" if len(groups) == 1 else "open", "port" if len(ports) == 1 else "ports"
        unless = "" if "80" in ports else ", unless a program serves TLS there"
        return failed(
            f"{listed(groups)} {open_} {port} {listed(ports)} to anybody, and none for TLS: what is sent there is in "
            f"clear text{unless}.",
            at="",
        )
    return PASSED


def _given(resource: Resource) -> Iterator[tuple[str, bool]]:
    """Yield the outputs that have a resource's address, and whether it stands behind ``http://``."""
    template = resource.template
    for name, written in as_mapping(template.body.get("Outputs")).items():
        output = as_mapping(written)
        if "Condition" in output and template.condition(output["Condition"]) is False:
            continue
        value = template.resolve(output.get("Value"))
        parts: Sequence[object] = value.parts if isinstance(value, Text) else (value,)
        for before, part in zip(("", *parts), parts, strict=False):
            if isinstance(part, Reference) and part.resource is resource:
                yield str(name), isinstance(before, str) and _CLEAR.search(before) is not None


def _sets_up_tls(template: Template) -> bool:
    machines = (one for one in template.resources.values() if one.type in TYPES)
    written = (text for one in machines for text in (*user_data(one), *(text for _, text in read_by_init(one, INIT))))
    return any(map(_names_tls, map(shown, written)))


@of_text
def _names_tls(text: str) -> bool:
    return _TLS.search(decoded(text) or text) is not None


RULE = Rule(
    name="MachineTlsRequired",
    severity="warning",
    resource_types=_TYPES,
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Serve the app over TLS, by a load balancer in front or on the machine, and give out that address.",
    fixes=(
        Fix(
            template="An AWS::ElasticLoadBalancingV2::Listener with Protocol HTTPS takes requests in front of the "
            "machine, which takes them from the load balancer's security group alone, and an output that tells where "
            "has https:// with a name of the listener's certificate.",
            cdk=("elbv2.ApplicationLoadBalancer.add_listener(<an id>, port=443, certificates=[<a certificate>])",),
        ),
    ),
    check=check,
)
