"""Jobs on Ray: two nodes, one of which is lost, and what is said where Ray is not to be had."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dvox_core.child_process import serve_parent
from dvox_core.distribution.engine import Job, JobEnded, JobEvent, JobMessage
from dvox_core.distribution.ray_cluster import ClusterError, connect
from dvox_core.distribution.ray_engine import RayEngine
from tests.helpers.ray import SECOND, needs_ray, two_ray_nodes, wait_until_gone

OURS = "tests.core.distribution.test_ray_engine"


@pytest.fixture
def cluster() -> Iterator[str]:
    """The address of a cluster of two nodes."""
    with two_ray_nodes() as address:
        yield address


@needs_ray
@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="two nodes on one machine")
def test_jobs_of_a_lost_node_go_on_on_another(cluster: str, tmp_path: Path) -> None:
    engine = RayEngine(cluster, workers=2, threads=1)
    events: list[JobEvent] = []
    try:
        engine.require_shared_folder(tmp_path)
        assert list(tmp_path.iterdir()) == []
        for name in ("a", "b", "c", "d"):
            engine.submit(Job(name, OURS, {"folder": str(tmp_path), "name": name}))
        lost = 0
        for event in engine.events():
            events.append(event)
            raylets = {said["raylet"] for said in contents(events)}
            if len(raylets) == 2 and not lost:  # a job on each, and both are half done
                (lost,) = [raylet for raylet in raylets if SECOND in command_line(raylet)]
                os.kill(lost, signal.SIGKILL)
                for said in contents(events):
                    if said["raylet"] == lost:
                        wait_until_gone(said["process"])
                (tmp_path / "go").touch()
    finally:
        engine.stop()
    ends = {event.job.name: event.problem for event in events if isinstance(event, JobEnded)}
    assert ends == {"a": "", "b": "", "c": "", "d": "bad.png: is broken"}
    began = {(said["name"], said["raylet"] == lost, said["from"]) for said in contents(events)}
    (went_on,) = [name for name, was_lost, _ in began if was_lost]
    assert (went_on, False, 1) in began  # from where it was, on the other node
    finished = [said["name"] for said in contents(events, "finished")]
    assert sorted(finished) == ["a", "b", "c"]  # the last message came before the end


def contents(events: list[JobEvent], key: str = "from") -> list[dict]:
    messages = [event.content for event in events if isinstance(event, JobMessage)]
    return [dict(content) for content in messages if key in content]


def command_line(process: int) -> str:
    return Path(f"/proc/{process}/cmdline").read_text()


def test_without_ray_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    with pytest.raises(ClusterError, match=r"pip install 'ray>=2\.52'"):
        connect(None, 1)


class RefusingRay:
    """Ray where nothing answers."""

    @staticmethod
    def init(**options) -> None:
        raise ConnectionError(f"no node\nat {options['address']}")


def test_a_cluster_that_does_not_answer_costs_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", RefusingRay)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    with pytest.raises(ClusterError, match=r"cannot use Ray at 10\.0\.0\.9:6379 \(no node at") as e:
        connect("10.0.0.9:6379", 1)
    assert "\n" not in str(e.value)
    assert "RAY_AUTH_TOKEN" not in os.environ  # a cluster's token is its owner's


def work(request, tell) -> None:
    """Two steps, with the state in a file; between them it waits for a sign."""
    folder, name = Path(request["folder"]), request["name"]
    state = folder / f"{name}.txt"
    steps = len(state.read_text()) if state.exists() else 0
    raylet = int(os.environ["RAY_RAYLET_PID"])
    tell({"name": name, "from": steps, "raylet": raylet, "process": os.getpid()})
    if name == "d":
        from dvox_core.errors import UserError

        raise UserError("bad.png: is broken")
    if steps == 0:
        state.write_text("x")
        while not (folder / "go").exists():
            time.sleep(0.02)
    state.write_text("xx")
    tell({"name": name, "finished": True})


if __name__ == "__main__":
    sys.exit(serve_parent(work))
