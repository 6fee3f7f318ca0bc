"""Tests of the Cilium dialect and engine."""
