"""The intermediate representation: one meaning each, no vendor's syntax."""
