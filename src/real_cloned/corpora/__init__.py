"""Corpora: a reader per source, removal of shared singers, decoding, and the splits of the tracks."""
