"""Where is singing? The vocal activity detector: network, inference, training and the sounds that it learns from."""
