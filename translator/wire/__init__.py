"""Wire models: pydantic mirrors of the vendors' YAML, and what they share."""
