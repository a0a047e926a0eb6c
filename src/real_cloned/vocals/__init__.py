"""Where the voice is: detection of singing, and separation of vocals from accompaniment."""
