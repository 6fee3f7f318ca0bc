"""Tests of legalization."""
