"""A state on another topic than it was folded from: refused, named, and begun anew on purpose only."""

import kafka_topic
from cases import scenario
from cases.processes import send_everywhere
from fleet import Fleet

DAMAGED = 4


def refused(fleet, *words):
    """Whoever may fold does not start, and doctor says the same."""
    program, data = fleet.stage.program, fleet.directory("api1")
    for command in (("serve", "--roles", "api", "--port", "0"), ("serve", "--roles", "speed", "--port", "0"),
                    ("doctor",)):
        done = program.run(*command, "--data", data, timeout_s=120)
        assert done.returncode == DAMAGED, f"{command}: exit code {done.returncode}: {done.stdout}{done.stderr}"
        said = done.stdout + done.stderr
        assert all(word in said for word in (fleet.topic, *words)), f"{command}: {said}"


@scenario("a topic that is gone, has other partitions or was made again is refused, and rebuild begins anew",
          platform=True, embedded=False)
def recreated(stage):
    with Fleet(stage) as fleet, Fleet(stage) as stranger:
        stranger.use_topic_of(fleet)
        fleet.start_all("api1", "speed1")
        send_everywhere([fleet.running["api1"].client])
        fleet.settled("api1")
        fleet.end_all()

        kafka_topic.delete(fleet.broker, fleet.topic)
        refused(fleet, "is gone")
        kafka_topic.create(fleet.broker, fleet.topic, 3)
        refused(fleet, "3 partitions", "4 partitions")
        kafka_topic.delete(fleet.broker, fleet.topic)
        kafka_topic.create(fleet.broker, fleet.topic, 4)
        refused(fleet, "it ends at k:")
        stranger.start_all("api1", "speed1")
        for _ in range(2):  # so it becomes longer than the state knows it
            send_everywhere([stranger.running["api1"].client])
        stranger.settled("api1")
        refused(fleet, "stands the event")
        check_rebuilt(fleet, stranger)
        stranger.end_all()


def check_rebuilt(fleet, stranger):
    """What the topic of now has is folded, what is lost is not, and the two states are one."""
    stage = fleet.stage
    stage.program.must("rebuild", "--data", fleet.directory("api1"))
    fleet.start_all("api1", "speed1")
    audits = [each.audit("api1") for each in (fleet, stranger)]
    assert all(audit["holds"] and audit["applied"] == 48 for audit in audits), audits
    client = fleet.running["api1"].client
    for user, offset in send_everywhere([client], "2").items():
        client.list_with(user, offset)
    fleet.check_books(["api1"])
    fleet.end_all()
