"""Ray as the program uses it: imported only when asked for, silent, and closed to strangers.

Who reaches an open port of Ray runs code. So a Ray that is started here listens on this machine
alone, behind a token of its own; a cluster's address and token are its owner's (docs/cluster.md).
"""

import logging
import os
import secrets
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dvox_core
from dvox_core.errors import UserError
from dvox_core.program import install_command

SETTINGS: Mapping[str, str] = {
    "RAY_USAGE_STATS_ENABLED": "0",  # it reports home by default
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # jobs without a GPU keep their own settings
    "RAY_TQDM_PATCH_PRINT": "0",
}
LOCAL_SETTINGS: Mapping[str, str] = {
    "RAY_AUTH_MODE": "token",
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # Linux too: the loopback address, no other
}

JOIN_SETTINGS: Mapping[str, str] = {"RAY_NUM_REDIS_GET_RETRIES": "2"}
"""By itself it tries to reach a cluster 20 times, for 40 seconds each."""

ANSWER_SECONDS = 5.0

OBJECT_STORE_BYTES = 100 * 2**20
"""Ray would take 30 % of the memory; messages and chunks of frames are small."""

ROOT = Path(dvox_core.__file__).parents[1]


class ClusterError(UserError):
    """Ray is not there, or its cluster cannot be used."""


def connect(address: str | None, cores: int) -> Any:
    """Ray, started on this machine or joined at an address; returns the module.

    Args:
        address: of a cluster that runs, "HOST:PORT"; None starts one on this machine's loopback.
        cores: that one started here may use.

    Raises:
        ClusterError: Ray is not installed, or nothing answers at the address.
    """
    os.environ.update(SETTINGS)
    if address is None:
        os.environ.update(LOCAL_SETTINGS)
        os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
    else:
        os.environ.update(JOIN_SETTINGS)
        _require_answer(address)
    try:
        import ray
    except ImportError as error:
        raise ClusterError(
            f"--engine ray: Ray is not installed ({error}); install it by "
            f"{install_command('ray>=2.52')}, or leave --engine out"
        ) from error
    options: dict[str, Any] = {
        "log_to_driver": False,
        "logging_level": logging.ERROR,
        "configure_logging": False,
        # On every node: the program's own place, which must be the same there.
        "runtime_env": {"env_vars": {"PYTHONPATH": os.pathsep.join([str(ROOT), *_own_path()])}},
    }
    if address is None:
        options |= {
            "address": "local",  # and not what happens to run here
            "include_dashboard": False,
            "num_cpus": cores,
            "object_store_memory": OBJECT_STORE_BYTES,
        }
    else:
        options["address"] = address
    try:
        ray.init(**options)
    except Exception as error:  # of many kinds: refused, timed out, another version, no token
        where = "on this machine" if address is None else f"at {address}"
        raise ClusterError(
            f"--engine ray: cannot use Ray {where} ({' '.join(str(error).split())[:200]}); see "
            "docs/cluster.md, or leave --engine out"
        ) from error
    return ray


def _require_answer(address: str) -> None:
    """Refuse an address where nothing listens, on which Ray would try for minutes."""
    host, _, port = address.rpartition(":")
    if not port.isdigit():
        return  # Ray knows other forms, and says so where it does not
    try:
        socket.create_connection((host.strip("[]"), int(port)), ANSWER_SECONDS).close()
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise ClusterError(
            f"--engine ray: nothing answers at {address} ({why}); start a cluster there "
            "(docs/cluster.md), or leave --engine out"
        ) from error


def disconnect(ray: Any) -> None:
    """Leave the cluster; one that was started here ends, with all that runs in it."""
    ray.shutdown()


def alive_nodes(ray: Any) -> list[tuple[str, str]]:
    """(id, host name) of every node that is there."""
    return [
        (str(node["NodeID"]), str(node["NodeManagerHostname"]))
        for node in ray.nodes()
        if node["Alive"]
    ]


def on_node(node: str) -> Any:
    """The scheduling strategy that keeps a task or an actor on one node."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    return NodeAffinitySchedulingStrategy(node, soft=False)


def require_shared_folder(ray: Any, folder: Path) -> None:
    """Make sure that every node sees this folder, by a file that is written for it.

    Raises:
        ClusterError: with the node that does not.
    """
    word = secrets.token_hex(16)
    probe = folder.resolve() / f".shared-{word}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_text(word)
    except OSError as error:
        raise ClusterError(
            f"{folder}: cannot be written to ({error.strerror or error}); choose another place"
        ) from error
    try:
        look = ray.remote(num_cpus=0)(_reads)
        answers = [
            (host, look.options(scheduling_strategy=on_node(node)).remote(str(probe), word))
            for node, host in alive_nodes(ray)
        ]
        blind = [host for host, answer in answers if not ray.get(answer)]
    finally:
        probe.unlink(missing_ok=True)
    if blind:
        raise ClusterError(
            f"{folder}: the node {blind[0]} does not see this folder; put it, and the captures, "
            "on a file system that all nodes share"
        )


def _reads(path: str, word: str) -> bool:
    """Whether a file is there with this content; runs on a node."""
    try:
        return Path(path).read_text() == word
    except OSError:
        return False


def _own_path() -> list[str]:
    """What PYTHONPATH names already."""
    return [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part]
