"""What `import real_cloned` offers: encoders that embed recordings, and the tables of a study that has run."""
