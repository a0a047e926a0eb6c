"""Ground floor: decoding, the shard store, log-mel. Knows nothing of corpora, singers or models."""
