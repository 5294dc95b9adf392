"""What breaks between two machines: one line each, and what is open goes on afterwards."""

import shlex
import sys
import threading
import time

import numpy as np
import pytest

from dvox_core.checkpoints.scene_file import write_scene
from dvox_core.errors import Cancelled, UserError
from dvox_core.interruption import wanted_while
from dvox_core.remote import connection, link
from dvox_core.remote.address import Host
from dvox_core.remote.failures import Ending, UnreachableError, lost, unreachable
from dvox_core.remote.link import LinkPool
from dvox_core.remote.renderer import LINE_STAGE
from dvox_core.remote.scene import open_remote_scene, remote_scene
from dvox_core.rendering.create import create_renderer
from dvox_core.rendering.frame import Extra
from dvox_core.rendering.scores import psnr
from tests.helpers.remote import SERVE, address, bad_line
from tests.helpers.scenes import orbit_cameras, random_scene

BOX = Host(("ssh", "-p", "2222", "-l", "me", "--", "box", "dvox serve"), "me@box:2222", True)


def python(code: str) -> str:
    return shlex.join([sys.executable, "-c", code])


@pytest.fixture
def links():
    pool = LinkPool()
    yield pool
    pool.close()


@pytest.fixture
def scene_file(tmp_path):
    path = tmp_path / "random.dvox"
    write_scene(path, random_scene())
    return path


@pytest.mark.parametrize(
    ("said", "code", "remedy"),
    [
        ("Host key verification failed.", 255, "run “ssh -p 2222 me@box” once in a terminal"),
        ("REMOTE HOST IDENTIFICATION HAS CHANGED!\nHost key verification failed.", 255, "-R"),
        ("me@box: Permission denied (publickey,password).", 255, "ssh-copy-id"),
        ("ssh: Could not resolve hostname box: Name or service", 255, "no such host"),
        ("ssh: connect to host box port 22: Connection refused", 255, "no ssh server"),
        ("ssh: connect to host box port 22: Connection timed out", 255, "does not answer"),
        ("bash: line 1: dvox: command not found", 127, "dvox is not installed there"),
        ("python: No module named main", 1, "--remote-python"),
        ("Segmentation fault", 139, "ended with 139"),
    ],
)
def test_why_a_machine_is_not_reached_is_one_line_with_a_remedy(said, code, remedy) -> None:
    line = str(unreachable(BOX, Ending(code, said)))
    assert line.startswith("me@box:2222: ")
    assert remedy in line
    assert "\n" not in line


def test_a_program_that_was_killed_there_is_told_from_a_line_that_broke() -> None:
    assert "memory" in str(lost(BOX, Ending(137, "")))
    assert "broke off (client_loop: send disconnect)" in str(
        lost(BOX, Ending(255, "client_loop: send disconnect\n"))
    )


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("no-such-command-here", "not found on this machine"),
        (python("raise SystemExit('dvox: command not found')"), "dvox is not installed there"),
        (python("print('Welcome to box')"), r"before it answered \(Welcome to box\)"),
        (
            python(
                'import sys,struct; h=b\'{"type":"hello","protocol":99,"version":"9.1"}\'; '
                "sys.stdout.buffer.write(b'hi\\n\\0dvox serves\\n'+struct.pack('>II',len(h),0)+h); "
                "sys.stdout.flush(); sys.stdin.read()"
            ),
            "has dvox 9.1, which does not speak with",
        ),
        (python("import sys; sys.stdout.write('x' * 100000)"), "ended with 0|what was started"),
        (
            python("import sys; sys.stdout.buffer.write(b'\\0dvox serves\\n' + b'\\xff' * 99)"),
            "before it answered",
        ),
    ],
)
def test_what_is_no_dvox_is_said_in_one_line(command, words, links) -> None:
    with pytest.raises(UnreachableError, match=words):
        open_remote_scene(address("/scene.dvox", command), links=links)
    assert links.links == ()


def test_what_a_login_shell_prints_first_is_passed_over(scene_file, links) -> None:
    command = shlex.join(["sh", "-c", f"echo Welcome; echo to box; exec {SERVE}"])
    assert open_remote_scene(address(scene_file, command), links=links).name == "random"


def test_connecting_ends_when_nobody_wants_it_any_more(links) -> None:
    began = time.monotonic()

    def is_wanted() -> bool:
        return time.monotonic() < began + 0.2

    silent = python("import time; time.sleep(600)")
    with wanted_while(is_wanted), pytest.raises(Cancelled):
        open_remote_scene(address("/scene.dvox", silent), links=links)


def test_after_the_other_side_was_killed_the_same_view_comes_from_the_next_one(
    scene_file, links, monkeypatch
) -> None:
    monkeypatch.setattr(link, "PAUSES_S", (0.05, 0.1))
    states = []
    links.listener = lambda _, state: states.append(state)
    scene = open_remote_scene(address(scene_file), links=links)
    renderer = create_renderer(scene, "cpu", "float32")
    camera = orbit_cameras(1)[0]
    before = renderer.render(camera)
    held = remote_scene(scene).link
    held.connection()._process.kill()
    after = renderer.render(orbit_cameras(2)[1])
    again = renderer.render(camera)
    assert np.array_equal(again.picture, before.picture)
    assert after.camera == orbit_cameras(2)[1]
    assert held.epoch == 2
    assert scene.weights.load("grid")["grid"].shape == scene.weights.shapes()["grid"]
    lines = [state.line for state in states if not state.is_connected]
    assert all("\n" not in line and "env" in line for line in lines)
    assert [state.is_connected for state in states][-1]
    assert states[0].next_try_s == 0.05


def test_while_it_is_lost_what_needs_an_answer_says_so_and_rendering_can_be_given_up(
    scene_file, links, monkeypatch
) -> None:
    monkeypatch.setattr(link, "PAUSES_S", (600.0,))
    scene = open_remote_scene(address(scene_file), links=links)
    renderer = create_renderer(scene, "cpu", "float32")
    renderer.render(orbit_cameras(1)[0])
    remote_scene(scene).link.connection()._process.kill()
    lost_now = threading.Event()
    links.listener = lambda _, state: lost_now.set()
    assert lost_now.wait(60)
    with pytest.raises(UserError, match="the connection"):
        scene.weights.load("grid")
    rounds = []

    def give_up() -> None:
        rounds.append(1)
        if len(rounds) > 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        renderer.render(orbit_cameras(1)[0], between_stages=give_up)


def test_a_silent_other_side_counts_as_lost(links, monkeypatch, scene_file) -> None:
    monkeypatch.setattr(connection, "SILENT_S", 0.3)
    monkeypatch.setattr(connection, "PING_S", 0.05)
    monkeypatch.setattr(link, "PAUSES_S", (600.0,))
    states = []
    links.listener = lambda _, state: states.append(state)
    deaf = python(
        'import sys,struct,time; h=b\'{"type":"hello","protocol":1,"version":"0"}\'; '
        "sys.stdout.buffer.write(b'\\0dvox serves\\n'+struct.pack('>II',len(h),0)+h); "
        "sys.stdout.flush(); time.sleep(600)"
    )
    with pytest.raises(UserError, match=r"broke off|silent|killed"):
        open_remote_scene(address(scene_file, deaf), links=links)


def test_over_a_slow_and_distant_line_views_are_under_way_together(scene_file, links) -> None:
    scene = open_remote_scene(address(scene_file, bad_line()), links=links)
    renderer = create_renderer(scene, "cpu", "float32")
    cameras, came = orbit_cameras(8), []
    views = [renderer.begin(camera, Extra.NONE) for camera in cameras[:4]]
    assert renderer.count_under_way == remote_scene(scene).link.figures.frames_under_way == 4
    while renderer.count_under_way:
        came += renderer.arrived()
        renderer.wait(0.05)
    assert {id(view) for view, _ in came} == {id(view) for view in views}
    shown = [view for view, frame in came if frame is not None]  # a newer one may overtake others
    assert shown == [view for view in views if view in shown]
    assert came[-1][1].camera == cameras[3]
    assert came[-1][1].stages_ms[LINE_STAGE] >= 80  # there and back
    figures = remote_scene(scene).link.figures
    assert figures.delay_ms is None or figures.delay_ms >= 80
    assert 0 < figures.frame_bytes < came[-1][1].picture.nbytes
    full = renderer.render(cameras[3])
    assert psnr(full.picture, came[-1][1].picture) > 25  # noise, as random weights paint


def test_a_link_is_shared_and_ends_with_its_last_scene(scene_file, links) -> None:
    first = open_remote_scene(address(scene_file), links=links)
    second = open_remote_scene(address(scene_file), links=links)
    held = remote_scene(first).link
    assert remote_scene(second).link is held
    process = held.connection()._process
    del first
    assert links.links == (held,)
    del second
    process.wait(60)
    assert links.links == ()
