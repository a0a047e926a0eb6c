"""Pandera schemas of the tables that pass between the stages: what leads up to the encoders, and their results."""
