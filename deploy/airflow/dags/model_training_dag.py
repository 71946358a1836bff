"""A model with parameters of your choice: trained here or on Spark, measured, and put into service where
`promote` says so and the gate lets it. The form of "Trigger" asks for the parameters.

Spark reads archived days and imported history only (deploy/spark/README.md).
"""

import datetime

from airflow.sdk import DAG, Param, TriggerRule, task

from marquee_airflow.tasks import DEFAULTS, SparkTrainOperator, StageOperator

PARAMS = {
    "engine": Param("native", enum=["native", "spark"], description="who trains"),
    "k": Param(64, type="integer", minimum=1, maximum=1024, description="length of the vectors"),
    "iterations": Param(8, type="integer", minimum=1, maximum=1000, description="passes over the data"),
    "alpha": Param(0.2, type="number", exclusiveMinimum=0, maximum=1000,
                   description="weight of what a viewer did not meet (alpha_0 of iALS)"),
    "regularization": Param(0.007, type="number", exclusiveMinimum=0, maximum=1000, description="lambda"),
    "regularization_exp": Param(1.0, type="number", minimum=0, maximum=2,
                                description="nu: how the ridge grows with a row's weight; 1 on Spark"),
    "seed": Param(1, type="integer", minimum=0, description="of the first vectors"),
    "promote": Param(False, type="boolean", description="into service, if the gate lets it"),
}
SETTINGS = {"k": "rank", "iterations": "epochs", "alpha": "unobserved_weight",
            "regularization": "regularization", "regularization_exp": "regularization_exp", "seed": "seed"}


def chosen(params):
    """The options of the stage that fixes the run's parameters, the first; later ones take what it fixed."""
    return [word for name, setting in SETTINGS.items()
            for word in ("--set", f"train.{setting}={params[name]}")]


@task.branch
def engine(params=None):
    return f"train_{params['engine']}"


@task.short_circuit
def if_wanted(params=None):
    return params["promote"]


with DAG(
    "model_training_dag",
    description="train, measure, register, and promote by choice",
    doc_md=__doc__,
    schedule=None,
    start_date=datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    params=PARAMS,
    tags=["marquee", "training"],
):
    begin = StageOperator(task_id="archive", stage_name="archive", options=chosen)
    native = StageOperator(task_id="train_native", stage_name="train",
                           execution_timeout=datetime.timedelta(hours=12))
    spark = SparkTrainOperator(task_id="train_spark", stage_name="train on Spark",
                               execution_timeout=datetime.timedelta(hours=12))
    evaluate = StageOperator(task_id="evaluate", stage_name="evaluate",
                             trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)
    # From here on `marquee models list|show|compare` has the model, complete, and anybody may promote it.
    register = StageOperator(task_id="register", stage_name="generate")
    promote = StageOperator(task_id="promote", stage_name="publish")
    drop_lists = StageOperator(task_id="invalidate", stage_name="invalidate")
    begin >> engine() >> [native, spark] >> evaluate >> register >> if_wanted() >> promote >> drop_lists
