"""What is tried of each image."""

from .service import Trial

ON_FILES = {"MARQUEE_EVENTS": "file:", "MARQUEE_STATE": "sqlite:", "MARQUEE_CACHE": "memory:",
            "MARQUEE_OBJECTS": "file:"}

# Alone, without servers of others: the program stands on a directory and Airflow on a file of SQLite.
PROGRAM = Trial("bootstrap", environment=ON_FILES, before="marquee --version && with_secrets bootstrap",
                command=["with_secrets", "marquee", "serve"], checks=[["health_check", "--at", "api=127.0.0.1:8000"]],
                after="marquee doctor")
ALONE = {
    "marquee": PROGRAM, "compiled": PROGRAM,
    "spark": Trial("spark-master", before='/opt/spark/bin/spark-submit --version && python3 -c '
                   '"import ctypes; ctypes.CDLL(\'/opt/marquee/current/lib/libmarquee_c.so\')"'),
    "airflow": Trial(
        "airflow-scheduler",
        environment={"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "sqlite:////opt/airflow/airflow.db"},
        before="airflow version && airflow db migrate && marquee --version",
        command=["with_secrets", "bash", "-c", "start dag-processor & start scheduler --skip-serve-logs & "
                 "trap 'kill $(jobs -p); wait' TERM; start api-server --host 0.0.0.0 --port 8080 & wait"],
        checks=[["health_check", "--at", *(f"airflow-{part}=airflow-webserver:8080"
                                           for part in ("webserver", "scheduler", "dag-processor"))]],
        after="for _ in {1..30}; do airflow dags list -o plain >/tmp/dags; cat /tmp/dags; "
              "grep -q ^model_training_dag /tmp/dags && grep -q ^batch_recommendation_processing /tmp/dags && exit; "
              "sleep 2; done; exit 1"),
}

# Together in one network, in which every name is 127.0.0.1: two servers of one port have to differ. In this order,
# each when those before it are healthy. Airflow has NGINX's port, so it is not among them.
TOGETHER = [
    Trial("kafka"), Trial("redis"), Trial("postgres"), Trial("minio"), Trial("bootstrap"), Trial("api"),
    Trial("speed", environment={"MARQUEE_SERVER__PORT": "8001"},
          checks=[["health_check", "--at", "speed=127.0.0.1:8001"]]),
    Trial("frontend"), Trial("nginx"),
]
IMAGES = {"bootstrap": "marquee", "api": "marquee", "speed": "marquee"}
