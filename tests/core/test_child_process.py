"""Work in a process of its own: messages, errors, crashes, and the way it is ended."""

import os
import sys
import time
from pathlib import Path

import pytest

from dvox_core.child_process import ProcessEndedError, run_in_child_process, serve_parent
from dvox_core.errors import Cancelled, UserError

OURS = "tests.core.test_child_process"


def run(request: dict, poll=lambda: None) -> list[dict]:
    heard: list[dict] = []
    run_in_child_process(OURS, request, heard.append, poll)
    return heard


def test_messages_come_in_order() -> None:
    assert run({"do": "count", "to": 3}) == [{"number": 0}, {"number": 1}, {"number": 2}]


def test_what_libraries_print_is_no_message() -> None:
    assert run({"do": "chatter"}) == [{"said": "done"}]


def test_a_user_error_comes_as_it_is() -> None:
    with pytest.raises(UserError, match=r"^photo\.jpg: is broken; mend it$"):
        run({"do": "fail", "text": "photo.jpg: is broken; mend it"})


def test_a_crash_is_told_with_the_end_of_its_output() -> None:
    with pytest.raises(ProcessEndedError) as caught:
        run({"do": "crash"})
    assert caught.value.code != 0
    assert "about to crash" in caught.value.output


def test_a_fault_of_ours_is_told_with_its_traceback() -> None:
    with pytest.raises(ProcessEndedError) as caught:
        run({"do": "nothing that is known"})
    assert caught.value.code == 1
    assert "KeyError" in caught.value.output


def test_cancelling_ends_the_process_at_once(tmp_path: Path) -> None:
    began = time.monotonic()

    def poll() -> None:
        if (tmp_path / "begun").exists():
            raise Cancelled

    with pytest.raises(Cancelled):
        run({"do": "sleep", "sign": str(tmp_path / "begun")}, poll)
    assert time.monotonic() - began < 30
    process = int((tmp_path / "begun").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def work(request, tell) -> None:
    def count() -> None:
        for number in range(request["to"]):
            tell({"number": number})

    def chatter() -> None:
        os.write(1, b"progress: 10 %\n")
        sys.stdout.write("and from Python\n")
        sys.stdout.flush()
        tell({"said": "done"})

    def fail() -> None:
        raise UserError(request["text"])

    def crash() -> None:
        os.write(2, b"about to crash\n")
        os.abort()

    def sleep() -> None:
        sign = Path(request["sign"])
        sign.with_suffix(".new").write_text(str(os.getpid()))
        sign.with_suffix(".new").rename(sign)
        time.sleep(100)

    {"count": count, "chatter": chatter, "fail": fail, "crash": crash, "sleep": sleep}[
        request["do"]
    ]()


if __name__ == "__main__":
    sys.exit(serve_parent(work))
