"""Encoders that are not trained here: MFCC statistics and published speech weights."""
