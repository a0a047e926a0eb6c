"""Artifacts that pass between the stages and are not tables: embeddings and network weights."""
