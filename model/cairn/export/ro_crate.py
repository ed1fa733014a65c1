"""RO-Crate metadata: what the files in a folder of results are, and which program made them from what.

Source
------
RO-Crate 1.1 (Sefton et al. 2021, w3id.org/ro/crate/1.1).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from typing import Any

from cairn.ensemble.own_code import OWN_CODE
from cairn.support.atomic_write import write_json

FILE_NAME = "ro-crate-metadata.json"
SETTINGS = ("seed", "members", "parameters", "conditioned_until", *OWN_CODE)
CONTEXT = "https://w3id.org/ro/crate/1.1/context"
LICENCE = "https://spdx.org/licenses/Apache-2.0"
FORMATS = {
    ".nc": "application/x-netcdf", ".csv": "text/csv", ".parquet": "application/vnd.apache.parquet",
    ".png": "image/png", ".html": "text/html", ".yaml": "application/yaml", ".npz": "application/zip",
    ".json": "application/json",
}  # fmt: skip


def write(folder: Path, attributes: dict[str, Any], source: Path) -> Path:
    """Write the metadata of a folder.

    Parameters
    ----------
    folder : whose files are described
    attributes : of the dataset: title or scenarios, seed, members, parameters, version, commit
    source : the file from which others were made; its date is the date of the results
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != FILE_NAME)
    document = {"@context": CONTEXT, "@graph": graph(folder, files, attributes, source)}
    write_json(folder / FILE_NAME, document)
    return folder / FILE_NAME


def graph(folder: Path, files: list[Path], attributes: dict[str, Any], source: Path) -> list[dict[str, Any]]:
    """The entities of the crate."""
    names = [file.relative_to(folder).as_posix() for file in files]
    title = str(attributes.get("title") or attributes.get("titles") or "Results")
    settings = {key: attributes[key] for key in SETTINGS if attributes.get(key) is not None}
    made = dt.datetime.fromtimestamp(source.stat().st_mtime, dt.UTC).date().isoformat()
    return [
        {
            "@id": FILE_NAME,
            "@type": "CreativeWork",
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
            "about": {"@id": "./"},
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": f"Cairn: {title}",
            "description": "Simulated cooperation among five countries of Central Asia. Settings: "
            + ", ".join(f"{key} {value}" for key, value in settings.items()),
            "datePublished": made,
            "license": {"@id": LICENCE},
            "hasPart": [{"@id": name} for name in names],
        },
        *(_file(file, name) for file, name in zip(files, names, strict=True)),
        {
            "@id": "#run",
            "@type": "CreateAction",
            "name": title,
            "instrument": {"@id": "#cairn"},
            "result": [{"@id": name} for name in names],
        },
        {
            "@id": "#cairn",
            "@type": "SoftwareApplication",
            "name": "Cairn",
            "version": f"{attributes.get('version', '')} {attributes.get('commit', '')}".strip(),
            "license": {"@id": LICENCE},
        },
        {"@id": LICENCE, "@type": "CreativeWork", "name": "Apache License 2.0"},
    ]


def _file(path: Path, name: str) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "@id": name,
        "@type": "File",
        "name": path.name,
        "encodingFormat": FORMATS.get(path.suffix, "application/octet-stream"),
        "contentSize": str(path.stat().st_size),
        "sha256": digest,
    }
