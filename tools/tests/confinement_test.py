"""How tools/confined.py understands compose.yaml and an image, and what it objects to."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from confinement import inside, service, trials  # noqa: E402
from confinement.service import Trial  # noqa: E402

SERVICE = {
    "user": "33:33", "command": ["serve"], "environment": {"A": 1, "B": None},
    "tmpfs": ["/run/x:size=1m,uid=33", "/tmp:size=1m,exec"],
    "volumes": [{"type": "volume", "source": "data", "target": "/var/lib/x"},
                {"type": "bind", "source": "/host/set", "target": "/set", "read_only": True}],
    "secrets": [{"source": "password"}, {"source": "key", "target": "other"}],
    "configs": [{"source": "trusted", "target": "/etc/x.conf"}],
}
IMAGE = {"Entrypoint": ["start"], "Cmd": ["default"], "Env": ["PATH=/opt/bin", "C=a=b"]}
GOOD = ["CapPrm 0000000000000000", "CapEff 0000000000000000", "CapBnd 0000000000000000", "NoNewPrivs 1",
        "Uid 33\t33\t33\t33", "Gid 33\t33\t33\t33", "writable /run/x", "writable /run/x/a", "ended"]


def objections(*more, without=()):
    return service.objections([line for line in GOOD if line not in without] + list(more), "33:33", ["/run/x"])


class PlanTest(unittest.TestCase):
    def test_memory_is_noexec_unless_exec_is_said(self):
        self.assertEqual(service.tmpfs_options("size=1m"), "size=1m,noexec,nosuid,nodev")
        self.assertEqual(service.tmpfs_options("exec,nodev"), "exec,nodev,nosuid")
        self.assertEqual(service.tmpfs_options(""), "noexec,nosuid,nodev")

    def test_mounts_are_those_of_compose_and_only_memory_and_volumes_are_written_to(self):
        found = {target: writable for _, _, target, _, writable in service.mounts_of(SERVICE)}
        self.assertEqual(found, {"/run/x": True, "/tmp": True, "/var/lib/x": True, "/set": False,
                                 "/run/secrets/password": False, "/run/secrets/other": False, "/etc/x.conf": False})

    def test_an_entrypoint_of_compose_drops_the_images_command(self):
        self.assertEqual(service.command_of(SERVICE, IMAGE, Trial("x")), ["start", "serve"])
        self.assertEqual(service.command_of({}, IMAGE, Trial("x")), ["start", "default"])
        self.assertEqual(service.command_of({"entrypoint": ["own"]}, IMAGE, Trial("x")), ["own"])
        self.assertEqual(service.command_of(SERVICE, IMAGE, Trial("x", command=["a"])), ["a"])

    def test_the_environment_is_the_images_then_composes_then_ours(self):
        passwd = "root:x:0:0:root:/root:/bin/sh\nwww:x:33:33:www:/var/www:/bin/false\n"
        found = service.environment_of(SERVICE, IMAGE, Trial("x", environment={"A": "2"}), passwd)
        self.assertEqual(found, {"PATH": "/opt/bin", "HOME": "/var/www", "A": "2", "C": "a=b"})
        self.assertEqual(service.environment_of({"user": "5:5"}, {}, Trial("x"), passwd)["HOME"], "/")

    def test_every_service_and_alias_has_a_name(self):
        services = {"api": {"networks": {"private": {"aliases": ["fastapi"]}, "gateway": None}}, "nginx": {}}
        self.assertEqual(service.hosts(services, "own"), "127.0.0.1 api fastapi localhost nginx own\n")

    def test_the_script_is_bash_and_asks_before_it_ends_the_program(self):
        asked = {**SERVICE, "stop_signal": "SIGQUIT", "healthcheck": {"test": ["CMD", "health_check", "--at", "x=h:1"]}}
        text = service.script(asked, {"Entrypoint": ["run", "a b"]}, Trial("x", "true", after="true"), 9)
        self.assertEqual(subprocess.run(["bash", "-n", "-c", text], check=False).returncode, 0)
        self.assertLess(text.index("run 'a b' serve 3>&- </dev/null &"),
                        text.index("health_check --wait 9 --at x=h:1"))
        self.assertLess(text.index("health_check"), text.index("kill -s QUIT"))

    def test_what_is_to_end_by_itself_is_not_asked(self):
        text = service.script({**SERVICE, "labels": {"marquee.once": "true"}}, IMAGE, Trial("x"), 9)
        self.assertIn("start serve 3>&- </dev/null || fail", text)
        self.assertNotIn("health", text)
        self.assertNotIn("kill", text)

    def test_every_trial_is_of_a_service_that_exists(self):
        compose = (Path(__file__).resolve().parents[2] / "compose.yaml").read_text()
        for trial in [*trials.ALONE.values(), *trials.TOGETHER]:
            self.assertIn(f"\n  {trial.service}:", compose)

    def test_nothing_is_mounted_outside_of_the_root(self):
        with tempfile.TemporaryDirectory() as scratch:
            Path(scratch, "root").mkdir()
            Path(scratch, "root/etc").symlink_to(scratch)
            for target in ("/../x", "/etc/x"):
                with self.assertRaises(SystemExit):
                    inside.place(f"{scratch}/root", target)
            self.assertEqual([path.name for path in Path(scratch).iterdir()], ["root"])


class ObjectionsTest(unittest.TestCase):
    def test_none_when_all_is_as_compose_says(self):
        self.assertEqual(objections(), [])

    def test_a_capability_of_any_process_and_in_any_set(self):
        for line in ("CapEff 0000000000000400", "CapBnd 000001fffeffffff"):
            self.assertIn(line, objections(line)[0])

    def test_new_privileges_and_another_user(self):
        self.assertTrue(objections("NoNewPrivs 0"))
        self.assertTrue(objections("Uid 33\t0\t33\t33"))
        self.assertTrue(objections("Gid 0\t0\t0\t0"))

    def test_a_place_that_can_be_written_to(self):
        self.assertEqual(objections("writable /run/xy"), ["/run/xy can be written to"])

    def test_a_report_that_says_nothing_is_no_good_one(self):
        self.assertTrue(service.objections([], "33:33", []))
        self.assertTrue(objections(without=["ended"]))
        self.assertTrue(objections(without=GOOD[:3]))
        self.assertEqual(objections("FAILED it", without=["ended"]), ["failed: it"])


if __name__ == "__main__":
    unittest.main()
