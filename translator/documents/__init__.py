"""Reading and writing YAML and JSON text as the API server does."""
