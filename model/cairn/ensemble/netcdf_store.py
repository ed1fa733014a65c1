"""Runs as NetCDF files that are written block by block while members are simulated, and read lazily.

A file is written under a hidden name and renamed once it is complete. Values are compressed in blocks of `BLOCK`
members of one series each, whatever the chunks and processes of a run, so that the same run gives the same bytes and
reading one series reads nothing else. Where blocks are compressed does not matter: worker processes do it.

HDF5 does not recover from a failed write (closing the file fails, and the process crashes at its end). It therefore
writes through `_GuardedFile`, which keeps a first error and lets HDF5 believe that all is well until it is closed.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cairn.step.measures import Description
from cairn.support.atomic_write import OutputError, atomic_write

if TYPE_CHECKING:
    import xarray as xr

BLOCK = 128  # members that are compressed together
LEVEL = 1  # of zlib: higher levels are slower and hardly smaller
COMPRESSED = 0.36  # size of a file as a share of its values, measured on the baseline with all outputs
LEAST_COMPRESSED = 0.25  # below this share of the values a file will not fit

Blocks = list[list[bytes]]  # by block of members and series, in the order of `series_of`


class RunFile:
    """A run that is being written. Use `create`.

    Parameters
    ----------
    path : hidden name of the file
    about : output variables, and what each of them is
    coords : coordinates of the run, with member and time
    attributes : of the run
    """

    def __init__(
        self, path: Path, about: Mapping[str, Description], coords: Mapping[str, Any], attributes: Mapping[str, Any]
    ):
        import h5py

        self._sizes = {dim: len(labels) for dim, labels in coords.items()}
        self._series = series_of(about, self._sizes)
        self._rows = min(BLOCK, self._sizes["member"])
        self._written = 0
        self._guard = _GuardedFile(path)
        _write_frame(self._guard, about, coords, attributes, self._rows)
        self._file = h5py.File(self._guard, "r+")

    def write(self, blocks: Blocks) -> None:
        """Append compressed blocks, as `compressed` gives them, in the order of members.

        Raises
        ------
        OSError
            If the disk is full, for example.
        """
        for block in blocks:
            for (name, place), data in zip(self._series, block, strict=True):
                self._file[name].id.write_direct_chunk((self._written, 0, *place), data)
            self._written += self._rows
        self._guard.check()

    def close(self) -> None:
        """Finish the file.

        Raises
        ------
        OSError
            If it cannot be written to the end.
        """
        self._file.close()
        self._guard.close()

    def abandon(self) -> None:
        """Close without finishing; no further error is raised."""
        self._guard.give_up()
        with contextlib.suppress(Exception):
            self._file.close()
        with contextlib.suppress(OSError):
            self._guard.close()


@contextlib.contextmanager
def create(
    path: os.PathLike[str] | str,
    about: Mapping[str, Description],
    coords: Mapping[str, Any],
    attributes: Mapping[str, Any],
) -> Iterator[RunFile]:
    """A file to write a run to; it appears under its name if the block ends well, and is removed if not.

    Parameters
    ----------
    path : the file
    about : output variables, and what each of them is
    coords : coordinates of the run, with member and time
    attributes : of the run

    Raises
    ------
    OutputError
        If there is not enough space, or the file cannot be written.
    """
    path = Path(path)
    size = 4 * sum(1 for _ in series_of(about, {dim: len(labels) for dim, labels in coords.items()}))
    size *= len(coords["member"]) * len(coords["time"])
    advice = f"it takes about {_size(COMPRESSED * size)}. Choose fewer outputs or members, or another folder"
    with atomic_write(path) as part:
        free = shutil.disk_usage(path.parent).free
        if free < LEAST_COMPRESSED * size:
            raise OutputError(f"cannot write {path}: {_size(free)} are free, and {advice}")
        file = RunFile(part, about, coords, attributes)
        try:
            yield file
            file.close()
        except OSError as error:
            file.abandon()
            raise OutputError(f"cannot write {path}: {error.strerror or error}; {advice}") from None
        except BaseException:
            file.abandon()
            raise


def series_of(about: Mapping[str, Description], sizes: Mapping[str, int]) -> list[tuple[str, tuple[int, ...]]]:
    """The series of some variables: name, and places along the dimensions beside member and time."""
    return [(name, place) for name in about for place in np.ndindex(*(sizes[dim] for dim in about[name].dims))]


def compressed(values: Mapping[str, np.ndarray], members: int) -> Blocks:
    """Values of some members, compressed for `RunFile.write`.

    Parameters
    ----------
    values : output variables, (rows, quarters, ...) each, float32. Rows are whole blocks, or the last members
    members : of the whole run
    """
    count = min(BLOCK, members)
    rows = next(iter(values.values())).shape[0]
    return [
        [
            _deflated(value[(slice(start, start + count), slice(None), *place)], count)
            for value in values.values()
            for place in np.ndindex(*value.shape[2:])
        ]
        for start in range(0, rows, count)
    ]


def _deflated(series: np.ndarray, rows: int) -> bytes:
    """One series of a block as HDF5 stores it: missing rows filled with zeros, bytes shuffled, deflated."""
    block = np.zeros((rows, series.shape[1]), dtype="<f4")
    block[: len(series)] = series
    return zlib.compress(block.view(np.uint8).reshape(-1, 4).T.tobytes(), LEVEL)


def save(dataset: xr.Dataset, path: os.PathLike[str] | str) -> None:
    """Write a run that is in memory: the same bytes as if it had been written while it ran.

    Parameters
    ----------
    dataset : as of `run`
    path : the file, which appears under its name once it is complete

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    about = {str(name): _description(values) for name, values in dataset.data_vars.items()}
    coords = {str(name): coord.values for name, coord in dataset.coords.items()}
    members = dataset.sizes["member"]
    with create(path, about, coords, dataset.attrs) as file:
        for start in range(0, members, BLOCK):
            rows = dataset.isel(member=slice(start, start + BLOCK))
            file.write(compressed({name: rows[name].values for name in about}, members))


def _description(values: xr.DataArray) -> Description:
    """What a variable of a run says of itself."""
    dims = tuple(str(dim) for dim in values.dims[2:])
    return Description(dims, values.units, values.long_name, values.annual)


def open_run(path: os.PathLike[str] | str) -> xr.Dataset:
    """Open the file of a run without reading its values: they are read when they are used, and not kept.

    Close the dataset, or use it in a ``with`` block, before the file is replaced.
    """
    import xarray as xr

    dataset = xr.open_dataset(path, engine="h5netcdf", cache=False)
    dataset.attrs = {name: v.item() if isinstance(v, np.generic) else v for name, v in dataset.attrs.items()}
    return dataset


def _write_frame(
    guard: _GuardedFile,
    about: Mapping[str, Description],
    coords: Mapping[str, Any],
    attributes: Mapping[str, Any],
    rows: int,
) -> None:
    """Write dimensions, coordinates, attributes and empty variables, following the conventions of NetCDF and CF."""
    import h5netcdf
    import h5py

    with h5netcdf.File(guard, "w") as file:
        file.dimensions = {dim: len(labels) for dim, labels in coords.items()}
        file.attrs.update(attributes)
        for dim, labels in coords.items():
            values = np.asarray(labels)
            if dim == "time":
                first = values[0].astype("datetime64[D]")
                variable = file.create_variable(dim, (dim,), data=(values.astype("datetime64[D]") - first).astype("i8"))
                variable.attrs["units"] = f"days since {first} 00:00:00"
                variable.attrs["calendar"] = "proleptic_gregorian"
            elif values.dtype.kind in "iu":
                file.create_variable(dim, (dim,), data=values.astype("i8"))
            else:
                file.create_variable(dim, (dim,), dtype=h5py.string_dtype(), data=values.astype(object))
        for name, each in about.items():
            dims = ("member", "time", *each.dims)
            chunks = (rows, len(coords["time"]), *(1 for _ in each.dims))
            variable = file.create_variable(
                name, dims, "<f4", chunks=chunks, compression="gzip", compression_opts=LEVEL, shuffle=True
            )
            variable.attrs.update(each.attributes)


def _size(count: float) -> str:
    """A number of bytes for readers.

    >>> _size(1.8e9), _size(3e5)
    ('1.8 GB', '0.3 MB')
    """
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"


class _GuardedFile(io.RawIOBase):
    """A file for HDF5 whose first error is kept; later writes stay in memory until it is closed."""

    def __init__(self, path: Path):
        self._file = open(path, "w+b", buffering=0)  # noqa: SIM115
        self._position = 0
        self._error: OSError | None = None
        self._unwritten: list[tuple[int, bytes]] = []

    def check(self) -> None:
        """Raise the first error, if there was one."""
        if self._error is not None:
            raise self._error

    def give_up(self) -> None:
        """Write nothing more to the disk."""
        self._error = self._error or OSError("given up")

    def close(self) -> None:
        """Close the file, with all of it on the disk; raise the first error."""
        if self.closed:
            return
        super().close()
        try:
            if self._error is None:
                os.fsync(self._file.fileno())
        finally:
            self._file.close()
        self.check()

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._end()}[whence]
        self._position = base + offset
        return self._position

    def truncate(self, size: int | None = None) -> int:
        size = self._position if size is None else size
        self._try(lambda: self._file.truncate(size))
        return size

    def readinto(self, buffer: Any) -> int:
        self._file.seek(self._position)
        count = self._file.readinto(buffer) or 0
        for start, data in self._unwritten:
            low, high = max(start, self._position), min(start + len(data), self._position + len(buffer))
            if low < high:
                memoryview(buffer)[low - self._position : high - self._position] = data[low - start : high - start]
                count = max(count, high - self._position)
        self._position += count
        return count

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        self._try(lambda: self._write_all(view))
        if self._error is not None:
            self._unwritten.append((self._position, bytes(view)))
        self._position += len(view)
        return len(view)

    def _write_all(self, view: memoryview) -> None:
        self._file.seek(self._position)
        while view:
            view = view[self._file.write(view) or 0 :]

    def _try(self, action: Any) -> None:
        if self._error is None:
            try:
                action()
            except OSError as error:
                self._error = error

    def _end(self) -> int:
        end = os.fstat(self._file.fileno()).st_size
        return max([end, *(start + len(data) for start, data in self._unwritten)])
