"""The voice-identity LSTM: GE2E over singers and their utterances, from segments or from folders of features."""
