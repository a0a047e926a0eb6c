"""Vocals and accompaniment: Demucs models, streaming through them, whole corpora, and the small model's training."""
