from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_elasticloadbalancingv2_targets as targets_module
from aws_cdk import aws_s3 as s3
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.compliance.packs import in_every_pack
from hipaa_constructs.edge.load_balancer_logs import LoadBalancerLogs
from hipaa_constructs.edge.load_balancer_requirements import (
    require_clients,
    require_place,
    require_subnets,
    require_target,
)
from hipaa_constructs.edge.requirements import require_firewall
from hipaa_constructs.edge.web_firewall import WebFirewall

_HTTP, _HTTPS = 80, 443
# Targets that CDK connects without looking at security groups.
_WITHOUT_SECURITY_GROUP = (targets_module.InstanceIdTarget, targets_module.IpTarget)


class HttpsLoadBalancer(Construct):
    """An application load balancer that speaks TLS 1.2 or 1.3 to clients and TLS to private targets.

    HTTP is redirected to HTTPS. Requests with invalid headers are dropped, ambiguous ones refused. A ``WebFirewall``
    stands in front. Access and connection logs are kept seven years. Deletion protection is on. Its security group
    lets clients in, and out only to the targets.

    Meets 164.312(e)(1) transmission security, 164.312(e)(2)(ii) encryption, 164.312(a)(1) access control and 164.312(b)
    audit controls. Supports 164.308(a)(5)(ii)(B) protection from malicious software.

    :param vpc: the VPC of the load balancer and its targets.
    :param certificate: the certificate for the names that clients use, in this Region.
    :param internet_facing: whether it is in public subnets; targets stay private. Default: it is in private subnets.
    :param clients: who may connect. Default: addresses of the VPC or, if it is internet-facing, everyone.
    :param web_firewall: a Regional firewall. Default: a ``WebFirewall`` of its own.
    :raises ValueError: a VPC without subnets of the kind, an empty list of clients, or a firewall for CloudFront.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        certificate: acm.ICertificate,
        internet_facing: bool = False,
        clients: Sequence[ec2.IPeer] | None = None,
        web_firewall: WebFirewall | None = None,
    ) -> None:
        subnets = require_subnets(vpc, internet_facing)
        require_clients(clients)
        require_firewall(web_firewall, "REGIONAL", behind="a load balancer")
        super().__init__(scope, construct_id)

        self._vpc = vpc
        self._logs = LoadBalancerLogs(self, "Logs")
        self._security_group = self._define_security_group(clients, internet_facing)
        self._load_balancer = self._define_load_balancer(subnets, internet_facing)
        self._define_redirect()
        self._listener = self._load_balancer.add_listener(
            "Https",
            protocol=elbv2.ApplicationProtocol.HTTPS,
            certificates=[elbv2.ListenerCertificate.from_certificate_manager(certificate)],
            # docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html recommends it.
            ssl_policy=elbv2.SslPolicy.TLS13_12_RES_PQ,
            open=False,
        )
        self._firewall = web_firewall or WebFirewall(self, "WebFirewall")
        self._firewall.associate(self._load_balancer.load_balancer_arn, scope=self)
        self._has_default = False

    @property
    def load_balancer(self) -> elbv2.ApplicationLoadBalancer:
        """The load balancer itself; it is also the target of a DNS alias."""
        return self._load_balancer

    @property
    def listener(self) -> elbv2.ApplicationListener:
        """The HTTPS listener."""
        return self._listener

    @property
    def security_group(self) -> ec2.SecurityGroup:
        """The security group of the load balancer."""
        return self._security_group

    @property
    def web_firewall(self) -> WebFirewall:
        """The firewall in front."""
        return self._firewall

    @property
    def log_bucket(self) -> s3.Bucket:
        """Where access and connection logs go."""
        return self._logs.bucket

    @checked_arguments
    def add_target(
        self,
        construct_id: str,
        *,
        targets: Sequence[elbv2.IApplicationLoadBalancerTarget],
        port: int = _HTTPS,
        health_check_path: str = "/",
        conditions: Sequence[elbv2.ListenerCondition] = (),
        priority: int | None = None,
    ) -> elbv2.ApplicationTargetGroup:
        """Send requests to targets over TLS; the load balancer accepts any certificate of theirs.

        ECS services and Auto Scaling groups open their security groups to the load balancer by themselves; let
        ``load_balancer`` into those of instances and addresses. One target without conditions is needed: it takes what
        no other does.

        :param targets: ECS services, Auto Scaling groups, instances, or addresses within the VPC.
        :param port: where they listen, for TLS. Default: 443.
        :param health_check_path: what answers 200 over HTTPS while a target is fit. Default: ``/``.
        :param conditions: which requests go there, such as ``ListenerCondition.path_patterns(["/api/*"])``.
            Default: all that no other target takes.
        :param priority: where the conditions stand among others', 1 to 50000. Needed with conditions.
        :raises ValueError: a function, conditions without priority or the reverse, a second target without
            conditions, or a port, priority or path that Elastic Load Balancing refuses.
        """
        require_target(targets, port, health_check_path)
        require_place(conditions, priority, has_default=self._has_default)
        group = elbv2.ApplicationTargetGroup(
            self,
            construct_id,
            vpc=self._vpc,
            protocol=elbv2.ApplicationProtocol.HTTPS,
            port=port,
            targets=list(targets),
            health_check=elbv2.HealthCheck(
                protocol=elbv2.Protocol.HTTPS, path=health_check_path, healthy_http_codes="200"
            ),
        )
        self._listener.add_action(
            construct_id,
            action=elbv2.ListenerAction.forward([group]),
            conditions=list(conditions) or None,
            priority=priority,
        )
        self._has_default = self._has_default or not conditions
        if any(isinstance(target, _WITHOUT_SECURITY_GROUP) for target in targets):
            # Nothing but the VPC says then where the load balancer may reach.
            self._security_group.add_egress_rule(ec2.Peer.ipv4(self._vpc.vpc_cidr_block), ec2.Port.tcp(port), "Targets")
        return group

    def _define_security_group(self, clients: Sequence[ec2.IPeer] | None, internet_facing: bool) -> ec2.SecurityGroup:
        group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=self._vpc,
            description=f"Clients and targets of {self.node.path}",
            allow_all_outbound=False,
        )
        own = ec2.Peer.any_ipv4() if internet_facing else ec2.Peer.ipv4(self._vpc.vpc_cidr_block)
        for client in clients or [own]:
            group.add_ingress_rule(client, ec2.Port.tcp(_HTTPS), "HTTPS")
            group.add_ingress_rule(client, ec2.Port.tcp(_HTTP), "HTTP, to be redirected")
        if internet_facing and clients is None:
            acknowledge_limitation(
                group,
                "AwsSolutions-EC23",
                reason="An internet-facing load balancer for the public is open to every address: its two ports "
                "serve TLS behind a web firewall, and a redirect to it.",
                source="docs.aws.amazon.com/elasticloadbalancing/latest/application/"
                "load-balancer-update-security-groups.html",
            )
        return group

    def _define_load_balancer(
        self, subnets: Sequence[ec2.ISubnet], internet_facing: bool
    ) -> elbv2.ApplicationLoadBalancer:
        balancer = elbv2.ApplicationLoadBalancer(
            self,
            "Resource",
            vpc=self._vpc,
            vpc_subnets=ec2.SubnetSelection(subnets=list(subnets)),
            internet_facing=internet_facing,
            security_group=self._security_group,
            deletion_protection=True,
            drop_invalid_header_fields=True,
            desync_mitigation_mode=elbv2.DesyncMitigationMode.STRICTEST,
        )
        # CDK's own method knows a bucket policy per Region, and refuses stacks that name none.
        for kind in ("access", "connection"):
            balancer.set_attribute(f"{kind}_logs.s3.enabled", "true")
            balancer.set_attribute(f"{kind}_logs.s3.bucket", self._logs.bucket.bucket_name)
        balancer.node.add_dependency(self._logs.policy)
        return balancer

    def _define_redirect(self) -> None:
        listener = self._load_balancer.add_listener(
            "Http",
            protocol=elbv2.ApplicationProtocol.HTTP,
            open=False,
            default_action=elbv2.ListenerAction.redirect(protocol="HTTPS", port=str(_HTTPS), permanent=True),
        )
        acknowledge_limitation(
            cast("elbv2.CfnListener", listener.node.default_child),
            *in_every_pack("ELBv2ACMCertificateRequired"),
            reason="A listener for HTTP takes no certificate; this one answers with a redirect to HTTPS alone.",
            source="docs.aws.amazon.com/elasticloadbalancing/latest/application/create-listener.html",
        )
