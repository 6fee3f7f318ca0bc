"""The reference interpreter: a neutral core and one module per engine that assembles its tiers."""
