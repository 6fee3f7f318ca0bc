"""Meaning: verdicts over concrete flows, symbolic comparison, and languages of patterns."""
