"""Readers: one per kind of source, all returning found and rejected tracks."""
