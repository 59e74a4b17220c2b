"""What this machine can run: its memory, its GPU, and what of that llama.cpp was compiled for. Loads no model library."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mem.models.catalog import RECOMMENDED, Recommended

CHILD_SECONDS = 120
QUICK_SECONDS = 10
CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
# In a process of its own: nothing heavy is loaded into this one, and a crash of the library stays there. -P: no module of the
# directory the user happens to be in is imported.
ASK = """
import json, sys
import llama_cpp
from mem.models.gguf import Gguf, GgufSettings
from pathlib import Path
told = {"gpu": bool(llama_cpp.llama_supports_gpu_offload()), "offload": ""}
told["built"] = llama_cpp.llama_print_system_info().decode()
if len(sys.argv) > 1:
    told["offload"] = Gguf(Path(sys.argv[1]), GgufSettings(256, sys.argv[2], 1, 64, True, "f16", 0.0, 0.0)).offload
print(json.dumps(told))
"""
BUILD_FLAGS = {"NVIDIA": "GGML_CUDA", "AMD": "GGML_HIP", "Apple": "GGML_METAL"}
OTHER_FLAG = "GGML_VULKAN"
# What a model needs beside its weights: the context, and the other programs' share.
OVERHEAD, ROOM_BYTES = 1.2, 500_000_000
SHARE = 0.6  # of the memory that a suggested model may take
# A larger one answers too slowly on a processor; on one of few cores still sooner.
WITHOUT_GPU_BYTES, ON_FEW_CORES_BYTES, FEW_CORES = 3_000_000_000, 1_500_000_000, 4


@dataclass(frozen=True, slots=True)
class Machine:
    """Memory in bytes; processors; the GPU's maker and name, empty where none is seen, and its own memory (0: not known)."""

    memory_bytes: int
    cores: int = 1
    gpu_maker: str = ""
    gpu_name: str = ""
    gpu_bytes: int = 0


@dataclass(frozen=True, slots=True)
class LlamaBuild:
    """What llama.cpp was compiled with, and, where a model was given, how much of it went to the GPU. `problem`: why neither is
    known."""

    gpu: bool = False
    backends: tuple[str, ...] = ()
    offload: str = ""
    problem: str = ""


def look_at_machine() -> Machine:
    """Asks the system, and the driver where there is one."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if CGROUP_LIMIT.is_file() and (limit := CGROUP_LIMIT.read_text("utf-8").strip()).isdigit():
        memory = min(memory, int(limit))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if shutil.which("nvidia-smi") and (found := _nvidia()):
        return Machine(memory, cores, "NVIDIA", *found)
    if Path("/dev/kfd").exists():
        return Machine(memory, cores, "AMD", "a GPU of AMD")
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        return Machine(memory, cores, "Apple", "Apple silicon")
    return Machine(memory, cores)


def ask_llama(path: Path | None = None, n_gpu_layers: str = "auto") -> LlamaBuild:
    """What llama.cpp can do here; with `path` that model is loaded to see what really goes to the GPU."""
    arguments = [str(path), n_gpu_layers] if path else []
    try:
        ended = subprocess.run(
            [sys.executable, "-P", "-c", ASK, *arguments],
            capture_output=True, stdin=subprocess.DEVNULL, timeout=CHILD_SECONDS, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return LlamaBuild(problem=f"cannot be asked: {error}")
    lines = ended.stdout.decode("utf-8", "replace").strip().splitlines()
    if ended.returncode or not lines:
        said = ended.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = said[-1] if said else f"exit status {ended.returncode}"
        return LlamaBuild(problem=f"does not load ({reason[:200]})" if not path else reason[:200])
    told = json.loads(lines[-1])
    return LlamaBuild(told["gpu"], tuple(re.findall(r"(\w+) : ", told["built"])), told["offload"])


def how_to_get(machine: Machine) -> str:
    """The command that builds llama.cpp for the machine's GPU."""
    flag = BUILD_FLAGS.get(machine.gpu_maker, OTHER_FLAG)
    package = '--no-deps --no-binary llama-cpp-python "llama-cpp-python>=0.3.36,<0.4"'
    return f'CMAKE_ARGS="-D{flag}=on" pip install --force-reinstall --no-cache-dir {package}'


def needed_bytes(size_bytes: int) -> int:
    """The memory that a model of this size takes while it answers."""
    return int(size_bytes * OVERHEAD) + ROOM_BYTES


def fits(size_bytes: int, machine: Machine) -> bool:
    """Whether a model of this size runs here at all."""
    return needed_bytes(size_bytes) <= max(machine.memory_bytes, machine.gpu_bytes)


def suggested(machine: Machine, build: LlamaBuild, models: Sequence[Recommended] = RECOMMENDED) -> Recommended | None:
    """The largest that runs well and leaves room for other programs; None where none does."""
    on_gpu = build.gpu and bool(machine.gpu_maker)
    room = SHARE * (machine.gpu_bytes or machine.memory_bytes) if on_gpu else SHARE * machine.memory_bytes
    quick = ON_FEW_CORES_BYTES if machine.cores <= FEW_CORES else WITHOUT_GPU_BYTES
    able = [model for model in models if needed_bytes(model.size_bytes) <= room and (on_gpu or model.size_bytes <= quick)]
    return max(able, key=lambda model: model.size_bytes, default=None)


def _nvidia() -> tuple[str, int] | None:
    """The first card's name and memory, as its driver tells them."""
    query = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    try:
        ended = subprocess.run(query, capture_output=True, text=True, timeout=QUICK_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    shape = re.match(r"(.+?), (\d+)", ended.stdout)
    return (shape[1], int(shape[2]) * 2**20) if ended.returncode == 0 and shape else None
