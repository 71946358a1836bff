"""What the DAGs share: stages of Marquee as commands (stage.py, runs.py), and as tasks (tasks.py)."""
