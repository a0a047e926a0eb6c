"""What all trainings of networks share: the trainer, checkpoints, the progress bar, and the losses."""
