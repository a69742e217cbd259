from __future__ import annotations

from typing import Any

import pytest
from moto.elbv2.ssl_policies import SSL_POLICIES

from hipaa_constructs.cloudformation.model import App
from tests.compliance.rules.support import GIVEN, judged, one, rule, to_do, verdict


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"},
            "passed",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"},
            "passed",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-TLS13-1-3-2021-06"},
            "passed",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-TLS-1-2-2017-01"},
            "failed",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-FS-1-2-Res-2020-10"},
            "passed",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-TLS13-1-0-2021-06"},
            "failed",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-TLS13-1-1-2021-06"},
            "failed",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-TLS-1-1-2017-01"},
            "failed",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-FS-1-1-2019-08"},
            "failed",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-FS-2018-06"},
            "failed",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-2016-08"},
            "failed",
        ),
        ("AWS::ElasticLoadBalancingV2::Listener", {"Protocol": "HTTPS"}, "failed"),
        ("AWS::ElasticLoadBalancingV2::Listener", {"Protocol": "TLS", "SslPolicy": GIVEN}, "unknown"),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "TLS", "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"},
            "passed",
        ),
        ("AWS::ElasticLoadBalancingV2::Listener", {"Protocol": GIVEN}, "unknown"),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {
                "Protocol": "HTTP",
                "DefaultActions": [
                    {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "StatusCode": "HTTP_301"}}
                ],
            },
            "passed",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {
                "Protocol": "HTTP",
                "DefaultActions": [{"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301"}}],
            },
            "failed",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTP", "DefaultActions": [{"Type": "redirect", "RedirectConfig": {"Protocol": "HTTP"}}]},
            "failed",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTP", "DefaultActions": [{"Type": "redirect", "RedirectConfig": GIVEN}]},
            "unknown",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTP", "DefaultActions": [{"Type": "forward", "TargetGroupArn": "arn"}]},
            "failed",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTP", "DefaultActions": [{"Type": "fixed-response"}]},
            "passed",
        ),
        ("AWS::ElasticLoadBalancingV2::Listener", {"Protocol": "HTTP", "DefaultActions": GIVEN}, "unknown"),
        ("AWS::ElasticLoadBalancingV2::Listener", {"Protocol": "TCP", "Port": 443}, "not_applicable"),
        ("AWS::ElasticLoadBalancingV2::Listener", {"Protocol": "TCP", "Port": 80}, "failed"),
        ("AWS::ElasticLoadBalancingV2::Listener", {"Protocol": "TCP", "Port": 1883}, "failed"),
        ("AWS::ElasticLoadBalancingV2::Listener", {"Protocol": "TCP", "Port": 2762}, "not_applicable"),
        ("AWS::ElasticLoadBalancingV2::Listener", {"Protocol": "TCP", "Port": 5432}, "unknown"),
        ("AWS::ElasticLoadBalancingV2::Listener", {"Protocol": "UDP", "Port": 4789}, "unknown"),
        ("AWS::ElasticLoadBalancingV2::Listener", {"Protocol": "TCP", "Port": GIVEN}, "unknown"),
        ("AWS::ElasticLoadBalancingV2::Listener", {}, "not_applicable"),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("load_balancer_tls_required", one(kind, **properties)) == expected


def test_rule_of_another_stack_that_forwards_http() -> None:
    redirect = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "StatusCode": "HTTP_301"}}
    stack = {
        **one("AWS::ElasticLoadBalancingV2::Listener", Protocol="HTTP", DefaultActions=[redirect]),
        "Rule": {
            "Type": "AWS::ElasticLoadBalancingV2::ListenerRule",
            "Properties": {"ListenerArn": {"Ref": "Subject"}, "Actions": [{"Type": "forward"}]},
        },
    }
    assert judged("load_balancer_tls_required", stack) == "failed"


def test_tcp_in_front_of_an_application_load_balancer() -> None:
    actions = [{"Type": "forward", "TargetGroupArn": {"Ref": "Targets"}}]
    stack = {
        **one("AWS::ElasticLoadBalancingV2::Listener", Protocol="TCP", Port=80, DefaultActions=actions),
        "Targets": {"Type": "AWS::ElasticLoadBalancingV2::TargetGroup", "Properties": {"TargetType": "alb"}},
    }
    assert judged("load_balancer_tls_required", stack) == "not_applicable"


def test_a_listener_without_a_policy_has_the_oldest() -> None:
    found = verdict("load_balancer_tls_required", one("AWS::ElasticLoadBalancingV2::Listener", Protocol="HTTPS"))
    assert found is not None
    assert found.message == (
        "SslPolicy is not set, so it is ELBSecurityPolicy-2016-08, which accepts TLS older than 1.2."
    )


@pytest.mark.parametrize(
    ("policy", "severity"),
    [
        ("ELBSecurityPolicy-TLS-1-2-2017-01", "warning"),
        ("ELBSecurityPolicy-TLS-1-2-Ext-2018-06", "warning"),
        ("ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06", "warning"),
        ("ELBSecurityPolicy-TLS13-1-2-Ext2-PQ-2025-09", "warning"),
        ("ELBSecurityPolicy-TLS13-1-2-Ext2-FIPS-2023-04", "warning"),
        ("ELBSecurityPolicy-TLS13-1-0-2021-06", None),
    ],
)
def test_a_policy_with_ciphers_that_keep_no_secret_is_a_warning(policy: str, severity: str | None) -> None:
    listener = one("AWS::ElasticLoadBalancingV2::Listener", Protocol="HTTPS", SslPolicy=policy)
    found = verdict("load_balancer_tls_required", listener)
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", severity)
    assert ("forward secrecy" in found.message) is (severity is not None)


@pytest.mark.parametrize("name", sorted(SSL_POLICIES))
def test_what_has_forward_secrecy_is_what_its_ciphers_say(name: str) -> None:
    described = SSL_POLICIES[name]
    old = {"TLSv1", "TLSv1.1"} & set(described["ssl_protocols"])
    # All of TLS 1.3's have it, and so has what exchanges keys that are thrown away.
    secret = all(cipher.startswith(("ECDHE-", "TLS_")) for cipher in described["ciphers"])
    listener = one("AWS::ElasticLoadBalancingV2::Listener", Protocol="TLS", SslPolicy=name)
    found = verdict("load_balancer_tls_required", listener)
    assert found is not None
    expected = ("failed", None) if old else ("passed", None) if secret else ("failed", "warning")
    assert (found.outcome, found.severity) == expected


@pytest.mark.parametrize("in_cdk", [False, True])
@pytest.mark.parametrize(
    ("protocol", "port", "said", "unsaid"),
    [
        ("TCP", 80, "TLS", ("HTTPS", "redirect", "Application")),
        ("TLS", 8443, "TLS", ("HTTPS", "redirect", "Application")),
        ("HTTP", 80, "redirect", ("Protocol: TLS", "Protocol.TLS", "network", "Network")),
        ("HTTPS", 443, "HTTPS", ("Protocol: TLS", "Protocol.TLS", "network", "Network")),
    ],
)
def test_what_to_do_fits_the_kind_of_load_balancer(
    protocol: str, port: int, said: str, unsaid: tuple[str, ...], in_cdk: bool
) -> None:
    forward = [{"Type": "forward", "TargetGroupArn": "arn:aws:elasticloadbalancing:group"}]
    listener = one("AWS::ElasticLoadBalancingV2::Listener", Protocol=protocol, Port=port, DefaultActions=forward)
    fix = to_do("load_balancer_tls_required", listener, in_cdk=in_cdk)
    assert said in fix
    assert [word for word in unsaid if word in fix] == []


def test_what_to_do_mends_a_listener_of_a_network_load_balancer() -> None:
    listener = one("AWS::ElasticLoadBalancingV2::Listener", Protocol="TCP", Port=80)
    subject = App().add("t.json", {"Resources": listener}).resources["Subject"]
    fix = rule("load_balancer_tls_required").fix_of(subject.type, subject)
    assert fix is not None
    mended = {"Subject": fix.apply(listener["Subject"])}
    assert judged("load_balancer_tls_required", listener) == "failed"
    assert judged("load_balancer_tls_required", mended) == "passed"


def test_where_the_kind_is_open_all_is_said() -> None:
    fix = to_do("load_balancer_tls_required", one("AWS::ElasticLoadBalancingV2::Listener", Protocol=GIVEN))
    assert "On a network load balancer, set Protocol: TLS" in fix
    assert "redirect" in fix


LATTICE = "AWS::VpcLattice::Listener"
ON = {"Forward": {"TargetGroups": [{"TargetGroupIdentifier": "tg-0123456789abcdef0"}]}}
REFUSED = {"FixedResponse": {"StatusCode": 404}}


def _lattice_rule(action: dict[str, Any]) -> dict[str, Any]:
    return {"Type": "AWS::VpcLattice::Rule", "Properties": {"ListenerIdentifier": {"Ref": "Subject"}, "Action": action}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(LATTICE, Protocol="HTTPS", DefaultAction=ON), "passed"),
        (one(LATTICE, Protocol="TLS_PASSTHROUGH", DefaultAction=ON), "passed"),
        (one(LATTICE, Protocol="HTTP", DefaultAction=ON), "failed"),
        (one(LATTICE, Protocol="HTTP", DefaultAction=REFUSED), "passed"),
        ({**one(LATTICE, Protocol="HTTP", DefaultAction=REFUSED), "Rule": _lattice_rule(REFUSED)}, "passed"),
        ({**one(LATTICE, Protocol="HTTP", DefaultAction=REFUSED), "Rule": _lattice_rule(ON)}, "failed"),
        (one(LATTICE, Protocol="HTTP", DefaultAction=GIVEN), "unknown"),
        (one(LATTICE, Protocol=GIVEN, DefaultAction=ON), "unknown"),
    ],
)
def test_listeners_of_vpc_lattice(resources: dict[str, Any], expected: str) -> None:
    assert judged("load_balancer_tls_required", resources) == expected


@pytest.mark.parametrize(
    ("protocol", "port", "expected"),
    [
        ("TCP", 22, "not_applicable"),
        ("TCP_UDP", 22, "unknown"),
        ("UDP", 500, "not_applicable"),
        ("UDP", 4500, "not_applicable"),
        ("TCP", 4500, "unknown"),
        ("UDP", 514, "failed"),
        ("TCP_UDP", 514, "failed"),
        ("TCP", 514, "unknown"),
        ("TCP", 6514, "not_applicable"),
    ],
)
def test_what_encrypts_by_itself_and_what_never_does(protocol: str, port: int, expected: str) -> None:
    listener = one("AWS::ElasticLoadBalancingV2::Listener", Protocol=protocol, Port=port)
    assert judged("load_balancer_tls_required", listener) == expected
    if expected == "failed":
        assert "Protocol: TLS, Port: 6514" in to_do("load_balancer_tls_required", listener)


BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
TO_443 = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}


def _redirecting(more: dict[str, Any] | None = None, outputs: dict[str, Any] | None = None, **redirect: Any) -> App:
    config = {name: value for name, value in {**TO_443, **redirect}.items() if value}
    listener = one(
        "AWS::ElasticLoadBalancingV2::Listener",
        LoadBalancerArn={"Ref": "Balancer"},
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "redirect", "RedirectConfig": config}],
    )
    app = App()
    resources = {**listener, "Balancer": {"Type": BALANCER, "Properties": {"Scheme": "internal"}}, **(more or {})}
    app.add(
        "t.json", {"Conditions": {"Never": {"Fn::Equals": [1, 2]}}, "Resources": resources, "Outputs": outputs or {}}
    )
    return app


def _listener(**properties: Any) -> dict[str, Any]:
    written = {"LoadBalancerArn": {"Ref": "Balancer"}, **properties}
    return {"Type": "AWS::ElasticLoadBalancingV2::Listener", "Properties": written}


def _of_subject(app: App) -> tuple[str, str | None, str]:
    found = rule("load_balancer_tls_required").check(app.resources["AWS::ElasticLoadBalancingV2::Listener"][0])
    return found.outcome.value, found.severity, found.message


@pytest.mark.parametrize(
    "app",
    [
        _redirecting(),
        _redirecting({"Other": _listener(Protocol="HTTPS", Port=8443)}),
        _redirecting({"Other": _listener(Protocol="HTTP", Port=443)}),
        _redirecting(outputs={"Name": {"Value": {"Fn::GetAtt": ["Balancer", "DNSName"]}}}),
        _redirecting(outputs={"Name": {"Value": {"Fn::Sub": "https://${Balancer.DNSName}/"}}}),
        _redirecting(
            {"Acl": {"Type": "AWS::WAFv2::WebACLAssociation", "Properties": {"ResourceArn": {"Ref": "Balancer"}}}}
        ),
    ],
)
def test_redirect_to_where_nothing_listens(app: App) -> None:
    outcome, severity, message = _of_subject(app)
    assert (outcome, severity) == ("failed", "warning")
    assert "redirects to HTTPS on port 443, where the load balancer has no listener" in message


def test_redirect_to_its_own_port() -> None:
    assert "on port 80, where" in _of_subject(_redirecting(Port=None))[2]


@pytest.mark.parametrize(
    "app",
    [
        _redirecting({"Other": _listener(Protocol="HTTPS", Port=443)}),
        _redirecting({"Other": {**_listener(Protocol="HTTPS", Port=443), "Condition": "Never"}}),
        _redirecting({"Other": _listener(Protocol="HTTPS", Port=GIVEN)}),
        _redirecting(outputs={"Arn": {"Value": {"Ref": "Balancer"}}}),
        _redirecting(outputs={"Arn": {"Value": {"Fn::GetAtt": "Balancer.LoadBalancerArn"}}}),
        _redirecting({"Told": {"Type": "AWS::SSM::Parameter", "Properties": {"Value": {"Fn::Sub": "${Balancer}"}}}}),
        _redirecting(Host="portal.example.com"),
        _redirecting(Port=GIVEN),
    ],
)
def test_redirect_to_where_something_may_listen(app: App) -> None:
    assert _of_subject(app)[0] == "passed"


def test_what_to_do_about_a_redirect_to_nowhere_leaves_the_redirect() -> None:
    subject = _redirecting().resources["AWS::ElasticLoadBalancingV2::Listener"][0]
    fix = rule("load_balancer_tls_required").fix_of(subject.type, subject)
    assert fix is not None
    assert "Another AWS::ElasticLoadBalancingV2::Listener" in fix.beside
    assert not fix.properties
