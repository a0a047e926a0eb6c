"""Detection of singing, and separation of vocals from accompaniment."""
