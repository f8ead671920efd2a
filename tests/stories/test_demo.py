"""`scripts/demo` plays the story to its end, also a second time, and leaves strangers' folders alone."""

from pathlib import Path

from tests.builders.processes import run


def test_the_demonstration_plays_twice_in_one_folder(tmp_path: Path) -> None:
    folder = str(tmp_path / "demo")
    for _ in range(2):
        done = run("demo", "--data", folder)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "duplicate (same_content)" in done.stdout
        assert "0.00 CNY; in 4 lots: 0.00 CNY; Huayuan owes in all: 0.00 CNY" in done.stdout
        assert "no drift" in done.stdout
        assert done.stdout.count("VERIFIED") == 2


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("dear")
    done = run("demo", "--data", str(tmp_path))
    assert done.returncode == 3
    assert "not_a_demo" in done.stderr
    assert (tmp_path / "letters.txt").read_text() == "dear"
