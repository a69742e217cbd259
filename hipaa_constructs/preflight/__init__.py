"""What no template can set or prove: questions to a live account, asked read-only through boto3."""
