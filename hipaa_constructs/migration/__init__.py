"""From cdk-nag 2: its suppressions in Python, TypeScript and templates, and what they are here."""
