"""Scheme documents: what a scheme may say, read from YAML, validated, and spelled out. No Django."""

from schemes.documents.parse import decode, parse_document
from schemes.documents.resolved import Level, ObjectLayer, Post
from schemes.documents.scheme import SchemeDocument
from schemes.documents.values import Title

__all__ = ["Level", "ObjectLayer", "Post", "SchemeDocument", "Title", "decode", "parse_document"]
