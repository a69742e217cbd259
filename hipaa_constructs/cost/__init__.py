"""What an app costs: prices, and what of an app is billed by them."""
