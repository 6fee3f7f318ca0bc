"""Reading and writing YAML and JSON text as the API server does."""

from translator.documents.collector import paused_collector
from translator.documents.comments import Comment, comments_of, dump_with_comments, file_header
from translator.documents.document import Document
from translator.documents.emitter import SEPARATOR, dump
from translator.documents.files import write_atomically
from translator.documents.loading import Loaded, load_paths, load_text
from translator.documents.server_fields import is_dump, strip_server_fields
from translator.documents.templates import find_templates

__all__ = [
    "SEPARATOR",
    "Comment",
    "Document",
    "Loaded",
    "comments_of",
    "dump",
    "dump_with_comments",
    "file_header",
    "find_templates",
    "is_dump",
    "load_paths",
    "load_text",
    "paused_collector",
    "strip_server_fields",
    "write_atomically",
]
