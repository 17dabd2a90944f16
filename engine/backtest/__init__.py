"""Past cases run again on what an owner wants to deploy: what would have been otherwise, and what it costs."""
