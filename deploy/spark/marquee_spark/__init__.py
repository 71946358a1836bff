"""What the jobs of deploy/spark share; spark-submit takes it to the workers as a zip."""
