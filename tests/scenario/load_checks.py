"""What must be true after the load of load.py: everything acknowledged counts once, all else once or not."""

import collections
import time

from load import FOLLOWED, POSITIVE, place


def finish(senders):
    """Everything under way is delivered; a server that lives must be known to their target."""
    for sender in senders:
        sender.stop.set()
    for sender in senders:
        sender.join(60)
        assert not sender.is_alive(), f"{sender.name} did not get its last answer"


def check_follower(follower, ledger):
    """It was told of this viewer's events only, each time of a later one, and of the last at last."""
    of_viewer = [sent for sent in ledger.by_viewer[FOLLOWED] if sent.in_order or not ledger.on_kafka]
    last = max(place(sent.offset) for sent in of_viewer)
    of_others = {offset for offset, key in ledger.of_offset.items() if key[0] != FOLLOWED}
    until = time.monotonic() + 20
    while time.monotonic() < until and (not follower.heard or place(follower.heard[-1]) < last):
        time.sleep(0.02)
    assert follower.heard and place(follower.heard[-1]) >= last, \
        f"a follower heard {follower.heard[-1:]} last, the viewer's last event is at {last}"
    assert not of_others.intersection(follower.heard), "a follower was told of another viewer's events"


def check_answers(ledger):
    assert not ledger.wrong, f"{len(ledger.wrong)} wrong answers, the first: {ledger.wrong[:3]}"
    for kind in ("accepted", "conflict") + (() if ledger.on_kafka else ("duplicate",)):
        assert ledger.answers[kind] > 0, f"no answer was '{kind}': this test tests less than it should"


def check_histories(client, ledger):
    """Once all is folded: each viewer's history holds once what was acknowledged, in the order of the
    offsets where that is known, and of the rest what was sent and given up, once at most. Returns all
    events that are there."""
    present = []
    for user in {user for user, _ in ledger.events}:
        rows = client.history(user)
        ids = [row["event_id"] for row in rows]
        assert len(ids) == len(set(ids)), f"{user}: {len(ids) - len(set(ids))} events stand twice"
        for row in rows:
            sent = ledger.events.get((user, row["event_id"]))
            assert sent, f"{user}: nobody sent {row}"
            assert all(row[name] == sent.body[name] for name in ("movie_id", "event_type")), (row, sent)
            present.append(sent)
        acknowledged = ledger.by_viewer.get(user, [])
        lost = {sent.body["event_id"] for sent in acknowledged} - set(ids)
        assert not lost, f"{user}: {len(lost)} of {len(acknowledged)} acknowledged events are lost: {list(lost)[:3]}"
        ordered = sorted((sent for sent in acknowledged if sent.in_order or not ledger.on_kafka),
                         key=lambda sent: place(sent.offset), reverse=True)
        want = [sent.body["event_id"] for sent in ordered]
        known = set(want)
        assert [each for each in ids if each in known] == want, f"{user}: another order than that of the log"
    return present


def check_counts(found, present, before):
    """`found` and `before`: {film: viewers counted}, of the stored state."""
    want = expected_counts(present) + before
    wrong = {film: (found[film], want[film]) for film in found | want if found[film] != want[film]}
    assert not wrong, f"{len(wrong)} films are counted wrongly (found, want): {list(wrong.items())[:5]}"


def expected_counts(events):
    """For each film, how many viewers have a positive event that was not taken back."""
    taken_back = {(sent.body["user_id"], sent.body["undoes"]) for sent in events if "undoes" in sent.body}
    standing = {(sent.body["user_id"], sent.body["movie_id"]) for sent in events
                if sent.body["event_type"] in POSITIVE and sent.key not in taken_back}
    return collections.Counter(movie for _, movie in standing)
