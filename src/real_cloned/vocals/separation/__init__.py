"""Vocals and accompaniment: Demucs models, streaming through them, whole corpora, training of the small model."""
