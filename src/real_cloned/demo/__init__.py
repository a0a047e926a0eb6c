"""Synthetic singers, bands, songs and clones: a corpus whose every fact is known, made from seeds alone."""
