from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, refuse, require_range
from hipaa_constructs.storage.delivered_logs import DeliveredLogs

_HTTPS = 443


class PrivateService(Construct):
    """A service that other VPCs reach over PrivateLink, without any route between the networks.

    It is a way in. What answers runs elsewhere, such as in a ``PrivateFargateService``, whose ``.service`` is a target.

    Consumers connect with ``PrivateServiceConnection``; each connection waits until it is accepted here. A network
    load balancer, which nothing but PrivateLink reaches, speaks TLS 1.2 or 1.3 to them and TLS to private targets. Its
    access logs are kept seven years; deletion protection is on.

    Meets 164.312(e)(1) transmission security, 164.312(e)(2)(ii) encryption, 164.312(a)(1) access control and 164.312(b)
    audit controls.

    :param vpc: the VPC of the load balancer and its targets.
    :param certificate: the certificate for the name that consumers use, in this Region.
    :param allowed_principals: who may ask for a connection: accounts, roles or users, by ARN. Nobody else sees it.
    :param targets: what answers: ECS services, Auto Scaling groups, instances, or addresses within the VPC. Let
        ``load_balancer`` into their security groups.
    :param port: where the targets listen, for TLS. Default: 443.
    :raises ValueError: a VPC without private subnets, no principals or everyone, no targets, or no port.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        certificate: acm.ICertificate,
        allowed_principals: Sequence[iam.ArnPrincipal],
        targets: Sequence[elbv2.INetworkLoadBalancerTarget],
        port: int = _HTTPS,
    ) -> None:
        subnets = list(vpc.private_subnets)
        _require(subnets, vpc, allowed_principals, targets, port)
        super().__init__(scope, construct_id)

        self._logs = DeliveredLogs(self, "Logs")
        self._load_balancer = self._define_load_balancer(vpc, subnets, port)
        self._target_group = elbv2.NetworkTargetGroup(
            self,
            "Targets",
            vpc=vpc,
            protocol=elbv2.Protocol.TLS,
            port=port,
            targets=list(targets),
            health_check=elbv2.HealthCheck(protocol=elbv2.Protocol.TCP),
        )
        self._load_balancer.add_listener(
            "Tls",
            port=_HTTPS,
            protocol=elbv2.Protocol.TLS,
            certificates=[elbv2.ListenerCertificate.from_certificate_manager(certificate)],
            # docs.aws.amazon.com/elasticloadbalancing/latest/network/describe-ssl-policies.html recommends it.
            ssl_policy=elbv2.SslPolicy.TLS13_12_RES_PQ,
            default_target_groups=[self._target_group],
        )
        self._service = ec2.VpcEndpointService(
            self,
            "Service",
            vpc_endpoint_service_load_balancers=[self._load_balancer],
            acceptance_required=True,
            allowed_principals=list(allowed_principals),
        )

    @property
    def service(self) -> ec2.VpcEndpointService:
        """The endpoint service."""
        return self._service

    @property
    def service_name(self) -> str:
        """The name that consumers connect to, such as ``com.amazonaws.vpce.us-east-1.vpce-svc-…``."""
        return self._service.vpc_endpoint_service_name

    @property
    def load_balancer(self) -> elbv2.NetworkLoadBalancer:
        """The load balancer behind the service."""
        return self._load_balancer

    @property
    def log_bucket(self) -> s3.Bucket:
        """Where TLS connections are logged."""
        return self._logs.bucket

    def _define_load_balancer(self, vpc: ec2.IVpc, subnets: list[ec2.ISubnet], port: int) -> elbv2.NetworkLoadBalancer:
        # No rule lets anyone in; PrivateLink is not held to the rules, since its callers have been accepted.
        group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=vpc,
            description=f"Targets of {self.node.path}",
            allow_all_outbound=False,
        )
        group.add_egress_rule(ec2.Peer.ipv4(vpc.vpc_cidr_block), ec2.Port.tcp(port), "Targets")
        balancer = elbv2.NetworkLoadBalancer(
            self,
            "Resource",
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnets=subnets),
            internet_facing=False,
            cross_zone_enabled=True,
            deletion_protection=True,
            security_groups=[group],
            enforce_security_group_inbound_rules_on_private_link_traffic=False,
        )
        # CDK's own method refuses stacks that name no Region.
        balancer.set_attribute("access_logs.s3.enabled", "true")
        balancer.set_attribute("access_logs.s3.bucket", self._logs.bucket.bucket_name)
        balancer.node.add_dependency(self._logs.policy)
        return balancer


def _require(
    subnets: Sequence[ec2.ISubnet],
    vpc: ec2.IVpc,
    principals: Sequence[iam.ArnPrincipal],
    targets: Sequence[elbv2.INetworkLoadBalancerTarget],
    port: int,
) -> None:
    if not subnets:
        refuse("vpc", vpc.node.path, allowed="the service needs private subnets", fix="Use PrivateVpc(…).vpc.")
    arns = [principal.arn for principal in principals]
    if not arns or "*" in arns:
        refuse(
            "allowed_principals",
            arns,
            allowed="it takes the accounts, roles or users that may ask for a connection, not everyone",
            fix="Pass iam.ArnPrincipal('arn:aws:iam::111122223333:root') for an account.",
        )
    if not targets:
        refuse("targets", [], allowed="it takes at least one target", fix="Pass what answers.")
    require_range("port", port, 1, 65_535, unit="for TCP", fix="Leave it out for 443.")
