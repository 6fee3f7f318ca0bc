"""Symbolic comparison of two policy sets over all flows."""
