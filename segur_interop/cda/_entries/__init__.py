"""Entries of a structured body, read into records: one module a family."""
