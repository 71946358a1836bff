#!/usr/bin/env python3
"""What every service of compose.yaml keeps to, asked of the project as the loader of `docker compose` reads it."""

import re
import unittest

from common import ROOT, lasting, once, project, services, size, text_of

GIB = 1 << 30
DOORS = {"nginx": ["80"], "frontend": ["3000"]}
TRUSTED = "deploy/docker/nginx/trusted_proxies.conf"
SECRET_NAME = re.compile(r"PASSWORD|SECRET|KEY|TOKEN|CONN$", re.IGNORECASE)
HARMLESS = re.compile(r"\{[a-z_]+\}|/run/secrets/[a-z_]+|/tmp/passwords\.json")
URI_PASSWORD = re.compile(r"://[^/@\s]*:([^/@\s]+)@")


class EveryService(unittest.TestCase):
    def test_has_the_names_that_operators_know(self):
        self.assertLessEqual({
            "nginx", "frontend", "api", "speed", "kafka", "redis", "postgres", "minio", "spark-master",
            "spark-worker", "airflow-webserver", "airflow-scheduler", "airflow-dag-processor"}, set(services()))
        for network in services()["api"]["networks"].values():
            self.assertIn("fastapi", network["aliases"])

    def test_says_how_it_is_unless_it_ends_by_itself(self):
        for name, service in services().items():
            with self.subTest(service=name):
                health = service["healthcheck"]
                if once(service):
                    self.assertTrue(health["disable"], name)
                    continue
                self.assertEqual(health["test"][0], "CMD")  # no shell in between
                self.assertIn("start_period", health)
                self.assertIn(f"{name}=" if health["test"][1] == "health_check" else "wget",
                              " ".join(health["test"]))

    def test_has_limits(self):
        for name, service in services().items():
            with self.subTest(service=name):
                self.assertGreater(size(service["mem_limit"]), 0)
                self.assertGreater(float(service["cpus"]), 0)
                self.assertGreater(service["pids_limit"], 0)
                self.assertEqual(service["logging"]["driver"], "local")

    def test_may_do_little(self):
        for name, service in services().items():
            with self.subTest(service=name):
                self.assertTrue(service["read_only"])
                self.assertEqual(service["cap_drop"], ["ALL"])
                self.assertNotIn("cap_add", service)
                self.assertIn("no-new-privileges:true", service["security_opt"])
                self.assertRegex(service["user"], r"^[1-9]\d*:\d+$")
                for forbidden in ("privileged", "network_mode", "pid", "ipc", "devices"):
                    self.assertNotIn(forbidden, service)

    def test_writes_to_volumes_and_memory_only(self):
        for name, service in services().items():
            with self.subTest(service=name):
                for volume in service.get("volumes", []):
                    self.assertTrue(volume["type"] == "volume" or volume.get("read_only"), volume)
                for mount in service.get("tmpfs", []):
                    self.assertIn("size=", mount)
                    # An engine's own default is noexec, which nothing here may find out in production.
                    options = mount.partition(":")[2].split(",")
                    self.assertEqual(len({"exec", "noexec"} & set(options)), 1, mount)
                    self.assertLessEqual({"nosuid", "nodev"}, set(options))

    def test_has_an_image_of_a_fixed_version(self):
        for name, service in services().items():
            with self.subTest(service=name):
                self.assertRegex(service["image"], r"^[a-z0-9/-]+:v?\d+(\.\d+)+$")  # and of no named registry
                if "build" in service:
                    self.assertEqual(service["build"]["platforms"], ["linux/amd64", "linux/arm64"])
                    self.assertTrue((ROOT / service["build"]["dockerfile"]).exists())

    def test_shows_no_secret_to_who_looks_at_it(self):
        for name, service in services().items():
            with self.subTest(service=name):
                given = {secret["source"] for secret in service.get("secrets", [])}
                for variable, value in (service.get("environment") or {}).items():
                    value = str(value)
                    if SECRET_NAME.search(variable):
                        self.assertRegex(value, HARMLESS, variable)
                    for password in URI_PASSWORD.findall(value):
                        self.assertRegex(password, r"^\{[a-z_]+\}$", variable)
                    self.assertLessEqual(set(re.findall(r"\{([a-z_]+)\}", value)), given, variable)

    def test_starts_again_by_itself(self):
        for name, service in services().items():
            with self.subTest(service=name):
                self.assertIn(service["restart"], ("unless-stopped", "on-failure:3"))


class Whole(unittest.TestCase):
    def test_only_the_doors_are_published(self):
        published = {name: [port["published"] for port in service["ports"]]
                     for name, service in services().items() if service.get("ports")}
        self.assertEqual(published, DOORS)

    def test_memory_fits_8_gb(self):
        self.assertLessEqual(sum(size(service["mem_limit"]) for service in lasting().values()), 8 * GIB)
        default = [service for service in lasting().values() if not service.get("profiles")]
        self.assertLessEqual(sum(size(service["mem_limit"]) for service in default), 7.5 * GIB)

    def test_what_starts_first_waits_for_nobody_behind_it(self):
        left = {name: set(service.get("depends_on") or {}) for name, service in services().items()}
        while left:
            free = [name for name, before in left.items() if not before & set(left)]
            self.assertTrue(free, f"a circle in depends_on: {left}")
            for name in free:
                del left[name]

    def test_one_waits_for_another_to_be_well_or_done(self):
        for name, service in services().items():
            for other, wait in (service.get("depends_on") or {}).items():
                want = "service_completed_successfully" if once(services()[other]) else "service_healthy"
                self.assertEqual(wait["condition"], want, f"{name} on {other}")

    def test_three_networks_and_who_is_in_which(self):
        self.assertEqual(set(project()["networks"]), {"public", "gateway", "private"})
        self.assertTrue(project()["networks"]["private"]["internal"])
        self.assertTrue(project()["networks"]["gateway"]["internal"])
        members = {network: {name for name, service in services().items() if network in service["networks"]}
                   for network in project()["networks"]}
        self.assertEqual(members["public"], set(DOORS))
        self.assertEqual(members["gateway"], {*DOORS, "api", "airflow-webserver", "minio"})
        self.assertFalse(members["private"] & set(DOORS))

    def test_the_gateway_finds_every_process_that_its_settings_name(self):
        for host, port in re.findall(r"server ([a-z-]+):(\d+)", text_of("deploy/nginx/settings/upstreams.conf")):
            self.assertIn("gateway", services()[host]["networks"])
            self.assertIn(host, services()["nginx"]["depends_on"])

    def test_the_gateway_believes_the_pages_own_server_and_nobody_else(self):
        address = services()["frontend"]["networks"]["gateway"]["ipv4_address"]
        believed = re.findall(r"set_real_ip_from (\S+);", text_of(TRUSTED))
        self.assertEqual(believed, [address])
        self.assertTrue(project()["configs"]["trusted_proxies"]["file"].endswith(TRUSTED))

    def test_secrets_are_files_that_the_script_makes(self):
        made = text_of("deploy/secrets.sh")
        for name, secret in project()["secrets"].items():
            self.assertTrue(secret["file"].endswith(f"/secrets/{name}"))
            self.assertIn(name, made)
        self.assertIn("/secrets/", text_of(".gitignore"))
        self.assertIn("secrets", text_of(".dockerignore"))

    def test_the_example_holds_every_variable_with_its_default(self):
        example = dict(line.split("=", 1) for line in text_of(".env.example").splitlines()
                       if line and not line.startswith("#"))
        used = dict(re.findall(r"\$\{([A-Z_0-9]+):-([^}]*)\}", text_of("compose.yaml")))
        self.assertEqual(example, used)


class Development(unittest.TestCase):
    FILES = ("compose.yaml", "compose.dev.yaml")

    def test_consoles_are_published_on_loopback_only(self):
        published = {}
        for name, service in services(*self.FILES).items():
            for port in service.get("ports", []):
                if name not in DOORS:
                    self.assertEqual(port["host_ip"], "127.0.0.1", name)
                    published[name] = port["published"]
        self.assertEqual(published, {"api": "8000", "airflow-webserver": "8080", "spark-master": "8088",
                                     "minio": "9001", "grafana": "3001"})

    def test_sources_are_followed(self):
        found = services(*self.FILES)
        for name, source in {"frontend": "frontend/src", "airflow-scheduler": "deploy/airflow/dags",
                             "airflow-dag-processor": "deploy/airflow/dags"}.items():
            sources = [volume["source"] for volume in found[name]["volumes"] if volume["type"] == "bind"]
            self.assertIn(str(ROOT / source), sources)
        for name in ("api", "speed"):
            self.assertEqual(found[name]["develop"]["watch"][0]["action"], "sync+restart")


class Monitoring(unittest.TestCase):
    def test_it_comes_with_its_profile_only(self):
        for name in ("prometheus", "grafana"):
            self.assertEqual(services()[name]["profiles"], ["monitoring"])


if __name__ == "__main__":
    unittest.main()
