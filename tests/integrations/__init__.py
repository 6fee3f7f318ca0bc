"""Tests of what netpolx plugs into: hooks, actions, KRM, kubectl, clusters and migrations."""
