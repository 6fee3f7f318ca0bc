"""Rewrites a policy set until the target can say all of it; what it cannot is left out and declared."""
