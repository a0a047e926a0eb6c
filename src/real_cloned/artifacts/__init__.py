"""What travels between stages and is no table: embeddings and network weights."""
