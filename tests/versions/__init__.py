"""Targets with a version."""
