"""The entries of the catalogue, a module per area."""
