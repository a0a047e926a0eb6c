"""What every package needs: errors, files and paths, the run lock, the runtime, a network head."""
