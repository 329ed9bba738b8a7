"""The example site: posts written for the demonstration, and the small server that shows them as real sites would."""
