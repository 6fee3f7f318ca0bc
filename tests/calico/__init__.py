"""Tests of the Calico dialect and engine."""
