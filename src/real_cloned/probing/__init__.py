"""Classifiers on frozen embeddings: who sings this track, and how similar are its parts?"""
