#!/usr/bin/env python3
"""Runs programs of images from their built roots as an engine would run their services of compose.yaml: the root
read-only; memory, volumes, secrets and configs where compose.yaml has them; as its user, without capabilities and
without a way to new ones; mounts, processes, network and names of its own; and, where the machine has cgroups of
version 1, within its limits of memory and processes. Then: is its health check content, which rights has each of
its processes, what in its root may it write to, does it end on its signal.

    tools/confined.py alone SCRATCH IMAGE=ROOT       one, without servers of others
    tools/confined.py together SCRATCH SERVICE=ROOT...   the services of compose.yaml but for Spark and Airflow, in
                                                     one network; then a click and the list that it moves

SCRATCH has IMAGE.json (of `buildah inspect`) and secrets; logs and volumes go there. Wants root. Exit code 0 when
nothing is to be objected; else one line for each objection.
"""

import json
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from confinement import together  # noqa: E402
from confinement.inside import bring_loopback_up  # noqa: E402
from confinement.process import Confined, Failed  # noqa: E402
from confinement.service import Trial  # noqa: E402
from confinement.trials import ALONE  # noqa: E402
from servers import compose_loader  # noqa: E402


def alone(project, image, root, config, scratch):
    with Confined(project, ALONE.get(image) or Trial(image), root, config, scratch) as service:
        try:
            service.wait_for("healthy")
        except Failed as failure:
            return [str(failure)]
        found = service.end()
        if not found:
            print(f"{image}: no rights, may write to {' '.join(service.places())} alone")
        if (megabytes := service.megabytes()) is not None:
            print(f"{image}: up to {megabytes} MB, its files in memory included")
    return found


def main(mode, scratch, given):
    project = compose_loader.load(HERE.parent, "compose.yaml")
    roots = {name: Path(root) for name, root in (pair.split("=", 1) for pair in given)}

    def config_of(image):
        return json.loads((scratch / f"{image}.json").read_text())["Docker"]["config"]

    if mode == "alone":
        [(image, root)] = roots.items()
        found = alone(project, image, root, config_of(image), scratch)
    else:
        bring_loopback_up()
        found = together.run(project, roots, config_of, scratch)
    for objection in found:
        print(objection)
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) < 4 or sys.argv[1] not in ("alone", "together") or os.geteuid() != 0:
        print(__doc__)
        sys.exit(2)
    sys.exit(main(sys.argv[1], Path(sys.argv[2]).resolve(), sys.argv[3:]))
