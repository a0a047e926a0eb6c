"""Audio on disk and in memory: decoding, encoding, the shard store, log-mel; nothing of corpora, singers or models."""
