"""What is written, held against the schemas that the vendors ship."""
