"""Tests of netpolx."""
