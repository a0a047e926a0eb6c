"""Singer identification by classifiers on frozen embeddings, and what embeddings show without a classifier."""
