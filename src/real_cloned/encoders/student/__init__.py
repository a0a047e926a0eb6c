"""A student of CAM++: the same network, taught to hear a voice through a band."""
