"""Encoders of singing voices and their contrastive pretraining."""
