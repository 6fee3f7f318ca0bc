"""Tests of patterns as regular languages."""
