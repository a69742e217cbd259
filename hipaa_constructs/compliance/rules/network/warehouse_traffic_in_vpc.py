"""What Redshift copies from and to other services goes through the VPC.

Compliant: ``EnhancedVpcRouting`` is true, so that routes, endpoints and their policies, security groups and flow logs
count for ``COPY`` and ``UNLOAD`` too. Non-compliant: it is false or absent, so that this traffic goes past all of them
(docs.aws.amazon.com/redshift/latest/mgmt/enhanced-vpc-routing.html). Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.values import is_true
from hipaa_constructs.compliance.facts.settings import Setting, Table, judge_by
from hipaa_constructs.compliance.facts.subnets import with_way_out
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule

_ROUTED = Setting("EnhancedVpcRouting", is_true, default=False)
_SETTINGS: Table = {"AWS::Redshift::Cluster": _ROUTED, "AWS::RedshiftServerless::Workgroup": _ROUTED}
# docs.aws.amazon.com/redshift/latest/mgmt/enhanced-vpc-routing.html: COPY and UNLOAD fail without a way there.
_CUT_OFF = (
    "The app has neither a NAT gateway nor endpoints, so without one of them COPY and UNLOAD fail from then on: for "
    "S3, an AWS::EC2::VPCEndpoint of Gateway type in the VPC has the route tables of the subnets in RouteTableIds."
)
_OUTSIDE = (
    "Its VPC is not of this app: without a NAT gateway or a gateway endpoint for S3 there, COPY and UNLOAD fail from "
    "then on."
)
_FIXES = (
    Fix(("AWS::Redshift::Cluster",), {_ROUTED.path: True}),
    Fix(("AWS::RedshiftServerless::Workgroup",), {_ROUTED.path: True}, constructs=("TlsWarehouse",)),
)

RULE = Rule(
    name="WarehouseTrafficInVpc",
    severity="error",
    resource_types=tuple(_SETTINGS),
    controls=("164.312(e)(1)",),
    fix="Turn enhanced VPC routing on, and give the subnets a way to S3, such as a gateway endpoint.",
    fixes=tuple(with_way_out(fix, _CUT_OFF, _OUTSIDE) for fix in _FIXES),
    check=judge_by(_SETTINGS),
)
