"""Writes small story tables with pyarrow, in the nestings and encodings that readers meet.

Run from the workspace root: python tools/golden/story_parquet.py
The contents are invented; `tests/it/sources.rs` of story-data spells out the same records.
"""

import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

OUT = pathlib.Path("crates/story-data/tests/golden/parquet")


def rows():
    for number in range(7):
        images = [
            {
                "bytes": None if frame == 2 else bytes([number * 16 + frame] * (20 + frame)),
                "path": None if frame == 1 else f"{number}-{frame}.png",
            }
            for frame in range(number % 4)
        ]
        gone = number == 5
        yield {
            "story_id": f"id{number}",
            # An absent list and an empty one are the same to a reader.
            "images": None if number == 0 else images,
            "frame_count": None if gone else number,
            "extra": 0.5,
            "chain_of_thought": None if gone else "thought " * number,
            "story": None if gone else f"<gdi image1>\nÉtape {number}\n</gdi>",
        }


def table(count):
    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    schema = pa.schema(
        [
            ("story_id", pa.string()),
            ("images", pa.list_(image)),
            ("frame_count", count),
            ("extra", pa.float64()),
            ("chain_of_thought", pa.large_string()),
            ("story", pa.string()),
        ]
    )
    return pa.Table.from_pylist(list(rows()), schema=schema)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    small = table(pa.int32())
    pq.write_table(small, OUT / "nested-v1-snappy.parquet", row_group_size=3)
    pq.write_table(
        table(pa.int64()),
        OUT / "item-v1-plain.parquet",
        compression="none",
        use_dictionary=False,
        use_compliant_nested_type=False,
    )
    pq.write_table(
        small,
        OUT / "nested-v2-zstd.parquet",
        compression="zstd",
        data_page_version="2.0",
        data_page_size=64,
        row_group_size=4,
    )
    pq.write_table(small, OUT / "gzip.parquet", compression="gzip")
    pq.write_table(small.select(["story_id", "images", "story"]), OUT / "three-columns.parquet")


if __name__ == "__main__":
    main()
