"""Reading and writing YAML and JSON text as the API server does."""

from translator.documents.document import Document

__all__ = ["Document"]
