"""One training in several processes, as torchrun starts them: who is who, and what they exchange.

After PyTorch's own conventions: rank 0 leads, each process has one device. Nothing is pickled: what
goes over the wire is numbers and the bytes that the caller gives.
"""

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from dvox_core.errors import UserError

WAITING = timedelta(days=30)
"""How long others wait for word from rank 0, which may be paused; one that ends is seen at once."""

BUCKET_NUMBERS = 8 * 2**20
"""So many numbers are exchanged at a time: no second copy of all gradients is held."""

TEXT_BYTES = 512


class LostRankError(UserError):
    """Another process of this training has ended."""

    def __init__(self) -> None:
        super().__init__(
            "another process of this training has ended, so this one ends too; what was saved is "
            "kept: start all of them again with --resume"
        )


def world_size() -> int:
    """How many processes torchrun started for this training; 1 without it."""
    names = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
    return int(os.environ["WORLD_SIZE"]) if all(name in os.environ for name in names) else 1


class RankGroup:
    """The processes of one training.

    Attributes:
        rank: of this process, from 0.
        world: how many there are.
    """

    def __init__(self, device: str) -> None:
        """Join the others.

        Args:
            device: "cpu", or another; then this process takes the GPU of its local rank, if any.

        Raises:
            UserError: there are fewer GPUs than processes here, or the others cannot be reached.
        """
        self.rank, self.world = int(os.environ["RANK"]), world_size()
        on_cuda = device != "cpu" and torch.cuda.is_available()
        if on_cuda:
            _take_own_gpu()
        try:
            dist.init_process_group("cpu:gloo,cuda:nccl" if on_cuda else "gloo")
            # Words of rank 0, which others wait for without end; the GPU is not needed for them.
            self._words: Any = dist.new_group(backend="gloo", timeout=WAITING)
        except (RuntimeError, ValueError) as error:
            raise UserError(
                f"rank {self.rank}: cannot reach the other processes of this training "
                f"({' '.join(str(error).split())[:200]}); see --rdzv-endpoint of torchrun"
            ) from error

    def share(self, numbers: tuple[int, ...]) -> tuple[int, ...]:
        """This process's part of what a step works on."""
        return numbers[self.rank :: self.world]

    def average(self, tensors: Sequence[Tensor]) -> None:
        """Put the mean over all processes into every tensor, in place.

        DistributedDataParallel would do it while going back, but hooks itself into the forward
        pass of one module; a step here runs parts of the model, and the discriminator's gradients
        are not left by a backward pass.

        Raises:
            LostRankError: another process has ended.
        """
        for bucket in _buckets(tensors):
            flat = torch.cat([tensor.detach().reshape(-1) for tensor in bucket])
            with _seeing_losses():
                dist.all_reduce(flat)
            flat /= self.world
            parts = torch.split(flat, [tensor.numel() for tensor in bucket])
            for tensor, part in zip(bucket, parts, strict=True):
                tensor.detach().copy_(part.view(tensor.shape))

    def send_numbers(self, numbers: tuple[float, float]) -> None:
        """Tell all others two numbers; of rank 0."""
        with _seeing_losses():
            dist.broadcast(torch.tensor(numbers, dtype=torch.float64), 0, group=self._words)

    def receive_numbers(self) -> tuple[float, float]:
        """Wait for what rank 0 tells by `send_numbers`."""
        numbers = torch.zeros(2, dtype=torch.float64)
        with _seeing_losses():
            dist.broadcast(numbers, 0, group=self._words)
        return float(numbers[0]), float(numbers[1])

    def send_bytes(self, content: bytes) -> None:
        """Give all others these bytes; of rank 0."""
        with _seeing_losses():
            dist.broadcast(torch.tensor([len(content)]), 0, group=self._words)
            # A copy: torch does not take memory that must not be written.
            data = torch.frombuffer(bytearray(content), dtype=torch.uint8)
            dist.broadcast(data, 0, group=self._words)

    def receive_bytes(self) -> bytes:
        """Wait for what rank 0 gives by `send_bytes`."""
        count = torch.zeros(1, dtype=torch.int64)
        with _seeing_losses():
            dist.broadcast(count, 0, group=self._words)
            content = torch.zeros(int(count), dtype=torch.uint8)
            dist.broadcast(content, 0, group=self._words)
        return content.numpy().tobytes()

    def gather_lines(self, line: str) -> list[str]:
        """Every process's line, cut to 512 bytes, in the order of their ranks."""
        own = torch.zeros(TEXT_BYTES, dtype=torch.uint8)
        content = line.encode()[:TEXT_BYTES]
        if content:
            own[: len(content)] = torch.frombuffer(bytearray(content), dtype=torch.uint8)
        lines = [torch.zeros_like(own) for _ in range(self.world)]
        with _seeing_losses():
            dist.all_gather(lines, own, group=self._words)
        return [text.numpy().tobytes().rstrip(b"\0").decode(errors="ignore") for text in lines]

    def close(self) -> None:
        """Leave the others."""
        with suppress(RuntimeError, ValueError):
            dist.destroy_process_group()


def host_name() -> str:
    """This machine's name, for messages about a process on it."""
    return socket.gethostname()


def _take_own_gpu() -> None:
    local, count = int(os.environ.get("LOCAL_RANK", "0")), torch.cuda.device_count()
    if local >= count:
        raise UserError(
            f"process {local + 1} of {host_name()}: there are {count} GPUs here; use "
            f"--nproc-per-node {count}, or --device cpu"
        )
    torch.cuda.set_device(local)


def _buckets(tensors: Sequence[Tensor]) -> Iterator[list[Tensor]]:
    """Tensors in their order, of one type and not too many numbers together."""
    bucket: list[Tensor] = []
    count = 0
    for tensor in sorted(tensors, key=lambda tensor: str(tensor.dtype)):
        too_many = count + tensor.numel() > BUCKET_NUMBERS
        if bucket and (too_many or tensor.dtype != bucket[0].dtype):
            yield bucket
            bucket, count = [], 0
        bucket.append(tensor)
        count += tensor.numel()
    if bucket:
        yield bucket


@contextmanager
def _seeing_losses() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:  # gloo and NCCL say it in many words
        raise LostRankError from error
