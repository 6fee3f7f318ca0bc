"""Losses: the catalogue of what translations cannot keep, and one value per occurrence."""
