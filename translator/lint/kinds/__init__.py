"""The catalogue of warnings, by where they come from."""
