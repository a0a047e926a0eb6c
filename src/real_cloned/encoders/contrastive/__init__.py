"""The paper's encoder: a transformer over log-mels, trained by singer-level contrastive learning."""
