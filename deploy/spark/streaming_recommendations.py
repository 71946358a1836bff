"""Folds the topic into the PostgreSQL state by Spark Structured Streaming, in the place of the servers' role
speed (`speed.engine = "spark"`):

    ./dev spark-submit streaming_recommendations.py [--events kafka://… --state postgresql://…]

The fold is the program's own, in libmarquee_streaming.so (spark-submit --files, or
MARQUEE_STREAMING_LIBRARY), and runs in the driver: the workers read the topic. What is stored with the state
says what is folded next; Spark's checkpoint, in the lakehouse, only where Spark goes on.
SIGTERM ends it after the micro-batch under way. Exit codes: 0, 1 failed (a supervisor starts it again), 2
usage, 4 damaged.
"""

from marquee_spark import failure, streaming

if __name__ == "__main__":
    failure.end("streaming_recommendations", lambda: streaming.run(__doc__))
