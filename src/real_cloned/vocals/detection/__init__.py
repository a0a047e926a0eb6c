"""The vocal activity detector: network, inference, training and the synthetic sounds that it is trained on."""
