"""Quality checks of closed cases, objections, causes and common issues."""
