"""Lets PyTorch's wheel for Linux start without the CUDA libraries that it links to.

PyPI's wheel links to about 2 GB of libraries, and uses none of them on a CPU. This writes libraries of some kilobytes in their
place, next to PyTorch's own: an empty one for each name that is missing, and one that defines all the symbols that are
missing. Calling such a symbol would crash, which needs a GPU. Every library here is a 64-bit little-endian ELF file.
"""

import importlib.util
import mmap
import struct
import sys
from pathlib import Path

DYNAMIC, DYNSYM = 6, 11  # types of sections
NEEDED, HASH, STRTAB, SYMTAB, STRSZ, SYMENT = 1, 4, 5, 6, 10, 11  # tags of the dynamic section
SYMBOLS = "libwithout_cuda.so"


def read(path):
    """The libraries that a library needs, and the names that it defines and lacks."""
    with path.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    table, = struct.unpack_from("<Q", data, 40)
    size, count = struct.unpack_from("<HH", data, 58)
    sections = [struct.unpack_from("<IIQQQQIIQQ", data, table + i * size) for i in range(count)]

    def text(strings, at):
        start = sections[strings][4] + at
        return data[start : data.find(b"\0", start)]

    needed, defined, lacking = set(), set(), set()
    for _, kind, _, _, offset, length, link, _, _, entry in sections:
        for at in range(offset, offset + length, entry) if kind in (DYNAMIC, DYNSYM) else ():
            if kind == DYNAMIC:
                tag, value = struct.unpack_from("<QQ", data, at)
                if tag == NEEDED:
                    needed.add(text(link, value).decode())
            else:
                name, info, _, section = struct.unpack_from("<IBBH", data, at)
                # A weak symbol may stay undefined.
                if section != 0:
                    defined.add(text(link, name))
                elif info >> 4 == 1:
                    lacking.add(text(link, name))
    return needed, defined, lacking


def hashed(name):
    """The hash function of ELF's symbol tables."""
    h = 0
    for byte in name:
        h = (h << 4) + byte
        high = h & 0xF0000000
        h = (h ^ (high >> 24)) & ~high
    return h


def write(path, machine, needed, symbols):
    """Writes a library that needs others and defines symbols, in one segment."""
    strings = bytearray(b"\0")

    def add(text):
        strings.extend(text + b"\0")
        return len(strings) - len(text) - 1

    tags = [(NEEDED, add(name.encode())) for name in needed]
    names = [add(name) for name in symbols]
    count = len(symbols) + 1
    buckets, chain = [0] * count, [0] * count
    for i, name in enumerate(symbols, 1):
        bucket = hashed(name) % count
        chain[i], buckets[bucket] = buckets[bucket], i
    dynamic_at = 64 + 2 * 56
    dynamic_size = 16 * (len(tags) + 6)
    symtab_at = dynamic_at + dynamic_size
    hash_at = symtab_at + 24 * count
    strings_at = hash_at + 4 * (2 + 2 * count)
    end = strings_at + len(strings)
    tags += [(HASH, hash_at), (SYMTAB, symtab_at), (SYMENT, 24), (STRTAB, strings_at), (STRSZ, len(strings)), (0, 0)]
    # Any address in the file will do for a symbol.
    symtab = bytes(24) + b"".join(struct.pack("<IBBHQQ", name, 1 << 4, 0, 1, strings_at, 0) for name in names)
    identity = b"\x7fELF\2\1\1" + bytes(9)
    path.write_bytes(
        identity
        + struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, 0, 0, 64, 56, 2, 64, 0, 0)
        + struct.pack("<IIQQQQQQ", 1, 6, 0, 0, 0, end, end, 0x10000)
        + struct.pack("<IIQQQQQQ", 2, 6, dynamic_at, dynamic_at, dynamic_at, dynamic_size, dynamic_size, 8)
        + b"".join(struct.pack("<QQ", *tag) for tag in tags)
        + symtab
        + struct.pack(f"<{2 + 2 * count}I", count, count, *buckets, *chain)
        + strings
    )


def main():
    # Finds PyTorch without importing it; an environment for something else has none.
    spec = importlib.util.find_spec("torch")
    if spec is None:
        return
    lib = Path(spec.submodule_search_locations[0]) / "lib"
    ours = sorted(path for path in lib.iterdir() if ".so" in path.name)
    runtime = sorted((lib.parent.parent / "nvidia").glob("**/lib/libcudart.so.*"))
    if sys.platform != "linux" or not (lib / "libtorch_cuda.so").exists() or (lib / SYMBOLS).exists():
        return
    needed, defined, lacking = set(), set(), set()
    for path in [*ours, *runtime]:
        libraries, names, others = read(path)
        needed |= libraries
        defined |= names
        lacking |= others
    present = {path.name for path in [*ours, *runtime]}
    # The system's own libraries are not NVIDIA's.
    missing = [name for name in needed if name not in present and name.startswith(("libcu", "libnv", "libnccl"))]
    with (lib / "libtorch_cuda.so").open("rb") as file:
        machine, = struct.unpack_from("<H", file.read(64), 18)
    prefixes = (b"cu", b"nvrtc", b"nvshmem", b"nccl", b"nvml", b"nvJitLink")
    write(lib / SYMBOLS, machine, [], sorted(name for name in lacking - defined if name.startswith(prefixes)))
    for name in missing:
        write(lib / name, machine, [SYMBOLS], [])


main()
