"""Corpora: one reader per source, the decoding of what they find, and the roles of the tracks."""
