"""Lints."""
