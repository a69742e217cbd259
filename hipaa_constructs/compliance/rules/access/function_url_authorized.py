"""Lambda function URLs ask who is calling.

Compliant: ``AuthType`` AWS_IAM. Non-compliant: NONE. Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.compliance.facts.made_by_sam import with_sam
from hipaa_constructs.compliance.facts.settings import Setting, Table, judge_by, one_of
from hipaa_constructs.compliance.facts.webhooks import OF_URL, is_url_of_webhook
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule

_SETTINGS: Table = {"AWS::Lambda::Url": Setting("AuthType", one_of("AWS_IAM"))}

RULE = Rule(
    name="FunctionUrlAuthorized",
    severity="error",
    resource_types=tuple(_SETTINGS),
    controls=("164.312(a)(1)", "164.312(d)"),
    fix="Let only callers with IAM's permission call the URL.",
    fixes=(
        Fix(beside=OF_URL, when=is_url_of_webhook),
        *with_sam(
            Fix(
                (kind,),
                {setting.path: "AWS_IAM"},
                cdk=(
                    "lambda_.Function.add_function_url(auth_type=lambda_.FunctionUrlAuthType.AWS_IAM)",
                    "lambda_.FunctionUrl(auth_type=lambda_.FunctionUrlAuthType.AWS_IAM)",
                ),
            )
            for kind, setting in _SETTINGS.items()
        ),
    ),
    check=judge_by(_SETTINGS),
)
