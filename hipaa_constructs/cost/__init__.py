"""What an app costs: resources to quantities, quantities to prices, and what each choice comes to."""
