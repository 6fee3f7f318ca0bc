"""Layer 7 patterns, DNS names and label values as regular languages: matching, comparison, rewriting."""
