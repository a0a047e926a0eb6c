"""The demo corpus: synthetic singers, bands, songs and clones with known ground truth, made from seeds alone."""
