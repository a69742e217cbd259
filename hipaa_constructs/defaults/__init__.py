"""Plain constructs of CDK made compliant where they stand: what ``secure_defaults`` sets, one service a file."""
