"""RECOGNITION: which Korea the world's states recognise, forecast by the agents of the model."""
