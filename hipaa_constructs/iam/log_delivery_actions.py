"""What who sends logs to a group by log delivery, such as the role of a state machine, has to be allowed."""

from __future__ import annotations

# Log delivery takes no resource but all: docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html.
LOG_DELIVERY_ACTIONS = (
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
)
