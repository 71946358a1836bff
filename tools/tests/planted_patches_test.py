import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class PlantedPatches(unittest.TestCase):
    def test_each_applies_to_the_sources_as_they_are(self):
        for patch in sorted((ROOT / "tests" / "planted").glob("*.patch")):
            done = subprocess.run(["git", "apply", "--check", str(patch)], cwd=ROOT, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, f"{patch.name}: {done.stderr}")


if __name__ == "__main__":
    unittest.main()
