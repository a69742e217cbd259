"""What the arguments of ``HttpsLoadBalancer`` have to meet before anything is defined."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_elasticloadbalancingv2_targets as targets_module

from hipaa_constructs._arguments import is_token, refuse, require_range

# Listener rules: docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html
_LAST_PRIORITY = 50_000


def require_target(targets: Sequence[elbv2.IApplicationLoadBalancerTarget], port: int, health_check_path: str) -> None:
    """Refuse what cannot be a target over TLS."""
    if not targets or any(isinstance(target, targets_module.LambdaTarget) for target in targets):
        refuse(
            "targets",
            list(targets),
            allowed="it takes services, groups, instances or addresses; CloudFormation cannot hold a function's "
            "permission to one target group",
            fix="Put functions behind PrivateApi.",
        )
    require_range("port", port, 1, 65_535, unit="for TCP", fix="Leave it out for 443.")
    if not is_token(health_check_path) and not health_check_path.startswith("/"):
        refuse("health_check_path", health_check_path, allowed="it starts with '/'", fix="Write it like '/health'.")


def require_place(conditions: Sequence[elbv2.ListenerCondition], priority: int | None, *, has_default: bool) -> None:
    """Refuse a target whose requests cannot be told from those of another."""
    require_range(
        "priority", priority, 1, _LAST_PRIORITY, unit="for listener rules", fix="Lower numbers are tried first."
    )
    if bool(conditions) != (priority is not None):
        refuse(
            "priority",
            priority,
            allowed="conditions and priority go together",
            fix="Pass both, or neither for the target that takes all other requests.",
        )
    if not conditions and has_default:
        refuse(
            "conditions",
            list(conditions),
            allowed="one target takes the requests that no other does, and there is one",
            fix="Say which requests go to this one, such as ListenerCondition.path_patterns(['/api/*']).",
        )


def require_subnets(vpc: ec2.IVpc, internet_facing: bool) -> Sequence[ec2.ISubnet]:
    """Return the subnets for the load balancer; refuse a VPC that has none."""
    subnets = vpc.public_subnets if internet_facing else vpc.private_subnets
    if not subnets:
        refuse(
            "vpc",
            vpc.node.path,
            allowed=f"the load balancer needs {'public' if internet_facing else 'private'} subnets",
            fix="Pass load_balancer_subnets=True to PrivateVpc, or a VPC that has them.",
        )
    return list(subnets)


def require_clients(clients: Sequence[ec2.IPeer] | None) -> None:
    """Refuse an empty list, which would let nobody in."""
    if clients is not None and not clients:
        refuse("clients", [], allowed="it takes at least one peer", fix="Leave it out, or name who may connect.")
