"""Pandera schemas of the tables that pass between the stages."""
