"""What every room needs and none owns: errors, files, the run lock, the machine at hand, a network head."""
