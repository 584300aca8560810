"""Catalogues that are wrong, huge or hostile: read with findings, or refused by name."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cpq.readers import (
    BundleIsCyclic,
    Effect,
    FileCannotBeRead,
    FileIsTooLarge,
    NothingToConfigure,
    revenue_cloud,
)
from servicekit.errors import Refusal

from .reading import documented
from .sheets import Tables, files, node, read, said, table
from .test_revenue_cloud_layouts import ATTRIBUTES, BIKE, QUALIFIED, SHOP

COMPONENT = "ProductRelatedComponent"
PARENT = ["ParentProductId", "ChildProductId"]


@pytest.mark.parametrize(
    ("name", "row", "construct"),
    [
        (COMPONENT, ["r9", "p99", "p4", *[""] * 9], "ParentProductId"),
        (COMPONENT, ["r9", "p1", "p99", *[""] * 9], "ChildProductId"),
        (COMPONENT, ["r9", "p1", *[""] * 10], COMPONENT),
        (COMPONENT, ["r9", "p1", "", "c9", *[""] * 8], "ChildProductClassificationId"),
        (COMPONENT, ["r9", "p1", "", "c4", *[""] * 8], "ChildProductClassification"),
        (COMPONENT, ["r9", "p1", "p6", "", "g99", *[""] * 7], "ProductComponentGroupId"),
        (COMPONENT, ["r9", "p2", "p4", "", "g4", *[""] * 7], "ProductComponentGroup"),
        (COMPONENT, ["r9", "p2", "p4", *[""] * 5, "x", "", "", ""], "Quantity"),
        (COMPONENT, ["r9", "p2", "p4", *[""] * 5, "-2", "", "", ""], "Quantity"),
        (COMPONENT, ["r9", "p2", "p4", *[""] * 5, "", "9", "3", ""], "MinQuantity"),
        (COMPONENT, ["r9", "p2", "p4", *[""] * 5, "", "NaN", "", ""], "MinQuantity"),
        (COMPONENT, ["r9", "p2", "p4", *[""] * 6, "1e-30", "", ""], "MinQuantity"),
        (COMPONENT, ["r9", "p2"], COMPONENT),
        ("ProductComponentGroup", ["g9", "Odd", "p99", "", "", "", ""], "ParentProductId"),
        ("ProductComponentGroup", ["g9", "Odd", "p1", "g99", "", "", ""], "ParentGroupId"),
        ("ProductComponentGroup", ["g9", "Odd", "p1", "", "3", "2", ""], "MinBundleComponents"),
        ("ProductComponentGroup", ["g9", "Odd", "p1", "", "3", "", ""], "MinBundleComponents"),
        ("ProductComponentGroup", ["g9", "Odd", "p1", "", "", "", "first"], "Sequence"),
        ("Product2", ["p9", "Tandem", "BIKE", "true", "", "c1"], "Product2"),
        ("Product2", ["", "", "", "", "", ""], None),
        ("Product2", ["p9", "", "", "true", "", ""], None),
        ("Product2", ["p9", "Tandem", "TANDEM", "true", "", "c9"], "BasedOnId"),
        ("Product2", ["p9", "x" * 101, "", "true", "", ""], "StockKeepingUnit"),
        ("ProductClassification", ["c9", "Round", "c9", ""], None),
        ("ProductCategoryProduct", ["p99", "k1"], "ProductId"),
        ("ProductCategoryProduct", ["p1", "k9"], "ProductCategoryId"),
        ("ProductQualification", ["p99", "true", "", ""], "ProductId"),
        ("ProductQualification", ["", "true", "", ""], "ProductQualification"),
        ("ProductQualification", ["p1", "true", "soon", ""], "EffectiveFromDate"),
        ("ProductAttributeDefinition", ["p99", "a1", "", "", ""], "Product2Id"),
        ("ProductAttributeDefinition", ["p4", "a99", "", "", ""], "AttributeDefinitionId"),
        ("AttributeDefinition", ["a20", "new", "New", "Picklist", "l9", "", ""], "PicklistId"),
        ("AttributePicklistValue", ["l9", "A", "a", "A", "", "", ""], "PicklistId"),
        ("AttributePicklistValue", ["l1", "", "", "", "", "", ""], "Value"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_followed_is_lost_by_its_line(
    name: str, row: list[str], construct: str | None
) -> None:
    tables = {**ATTRIBUTES, **QUALIFIED}
    before = read(tables)
    after = read({**tables, name: [*tables[name], row]})
    new = [one for one in said(after, Effect.LOST) if one not in said(before, Effect.LOST)]
    place = f"{name}.csv:{len(tables[name]) + 1}"
    assert new == ([] if construct is None else [(construct, place)])


def test_an_unknown_table_and_one_that_is_not_supported_are_lost() -> None:
    reading = read(
        {
            **BIKE,
            "ProductRelComponentOverride": [["Id"], ["o1"], ["o2"]],
            "Wheel__c": [["Id"], ["w1"]],
            "UnitOfMeasure": [["Id"], ["u1"]],
        }
    )
    assert said(reading, Effect.LOST) == [
        ("ProductRelComponentOverride", "ProductRelComponentOverride.csv:2"),
        ("ProductRelComponentOverride", "ProductRelComponentOverride.csv:3"),
        ("Wheel__c", "Wheel__c.csv:1"),
    ]
    assert ("UnitOfMeasure", "UnitOfMeasure.csv:1") in said(reading, Effect.NOTED)


def test_a_group_that_cannot_be_kept_is_widened_with_a_finding() -> None:
    groups = [*BIKE["ProductComponentGroup"][:2], ["g2", "Frame", "p1", "", "5", "6", ""],
              ["g3", "Wheels", "p1", "", "0", "0", ""]]  # fmt: skip
    components = [one for one in BIKE["ProductRelatedComponent"] if one[4] != "g4"]
    reading = read({**BIKE, "ProductComponentGroup": groups, "ProductRelatedComponent": components})
    found = {one.name: (one.minimum, one.maximum) for one in reading.models[0].root.groups}
    assert found["Frame"] == (2, 6)
    assert found["Wheels"] == (0, 1)
    widened = [one for one in said(reading, Effect.CHANGED) if one[0] == "MinBundleComponents"]
    assert [place for _, place in widened] == [
        "ProductComponentGroup.csv:3",
        "ProductComponentGroup.csv:4",
    ]


def test_a_quantity_that_nobody_can_count_is_cut() -> None:
    rows = [[*PARENT, "MaxQuantity"], ["p1", "p4", "500000000000"]]
    reading = read({**SHOP, "ProductRelatedComponent": rows})
    assert node(reading.models[0], "BELL").maximum == 1_000_000
    assert ("MaxQuantity", "ProductRelatedComponent.csv:2") in said(reading, Effect.CHANGED)


@pytest.mark.parametrize(
    ("rows", "circle"),
    [
        ([["p1", "p1"]], "BIKE > BIKE"),
        ([["p1", "p8"], ["p8", "p1"]], "BIKE > SPOKE > BIKE"),
        ([["p1", "p4"], ["p4", "p8"], ["p8", "p4"]], "BELL > SPOKE > BELL"),
    ],
)
def test_a_product_inside_itself_is_refused_by_name(rows: list[list[str]], circle: str) -> None:
    with pytest.raises(BundleIsCyclic, match=r"shop/ProductRelatedComponent\.csv:\d+") as refused:
        read({**SHOP, "ProductRelatedComponent": [PARENT, *rows]})
    assert f"({circle})" in refused.value.detail


def test_a_group_inside_itself_is_refused_by_name() -> None:
    groups = [BIKE["ProductComponentGroup"][0], ["g2", "Frame", "p1", "g3", "", "", ""],
              ["g3", "Wheels", "p1", "g2", "", "", ""]]  # fmt: skip
    with pytest.raises(BundleIsCyclic, match="the group Frame is inside itself"):
        read({**BIKE, "ProductComponentGroup": groups})


def doubling(levels: int, width: int = 2) -> Tables:
    products: list[list[str]] = [["Id", "Name"]]
    rows = [PARENT]
    for level in range(levels):
        products.extend([f"p{level}.{n}", f"P{level}.{n}"] for n in range(width))
        if level:
            rows.extend(
                [f"p{level - 1}.{n}", f"p{level}.{m}"] for n in range(width) for m in range(width)
            )
    return {"Product2": products, "ProductRelatedComponent": rows}


def test_bundles_that_multiply_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    started = time.monotonic()
    with pytest.raises(FileIsTooLarge, match="more than 20000 components"):
        read(doubling(20))
    monkeypatch.setattr("cpq.readers.revenue_cloud.bundles.MOST_NODES_IN_ALL", 5_000)
    with pytest.raises(FileIsTooLarge, match="All bundles have more than 5000 components"):
        read(doubling(3, 40))
    with pytest.raises(FileIsTooLarge, match="nested deeper than 25"):
        read(doubling(30, 1))
    assert time.monotonic() - started < 60


@pytest.mark.parametrize(
    ("content", "refusal", "words"),
    [
        (b"Id,Id\n1,2\n", FileCannotBeRead, "shop/Product2.csv:1: the column Id stands twice"),
        (b'Id,Name\n1,"open\n', FileCannotBeRead, "shop/Product2.csv:2"),
        (b"Id,Name\n1,\xff\n", FileCannotBeRead, "shop/Product2.csv:2: the file is not text"),
        (b"Id,Name\n1,a\x00b\n", FileCannotBeRead, "the file is not text"),
        (b"x" * 20_000_001, FileIsTooLarge, "more than 20000000 bytes"),
        (b",".join(b"c%d" % n for n in range(301)), FileIsTooLarge, "more than 300 columns"),
        (b"Id,Name\n1," + b"x" * 40_001, FileIsTooLarge, "shop/Product2.csv:2: a cell"),
        (b"Id\n" + b"1\n" * 200_001, FileIsTooLarge, "more than 200000 rows"),
        (b"Id,Name\n1," + b"x" * 500_000, FileCannotBeRead, "shop/Product2.csv:2"),
    ],
)  # fmt: skip
def test_a_table_that_is_none_is_refused_by_name(
    content: bytes, refusal: type[Refusal], words: str
) -> None:
    with pytest.raises(refusal) as refused:
        revenue_cloud.read({**files(BIKE), "shop/Product2.csv": content})
    assert words in refused.value.detail


def test_a_folder_without_a_catalogue_or_with_two_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NothingToConfigure, match=r"No folder has Product2\.csv"):
        revenue_cloud.read({"shop/Product2.csv": b"Id,Name\n1,a\n"})
    with pytest.raises(NothingToConfigure, match="No active product"):
        read({"Product2": [["Id"]], "ProductRelatedComponent": [PARENT]})
    with pytest.raises(FileCannotBeRead, match="more than one catalogue: other, shop"):
        other = {path.replace("shop", "other"): one for path, one in files(BIKE).items()}
        revenue_cloud.read({**files(BIKE), **other})
    with pytest.raises(FileCannotBeRead, match="is no folder"):
        revenue_cloud.read_directory(tmp_path / "none")
    with pytest.raises(NothingToConfigure):
        revenue_cloud.read_directory(tmp_path)


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_bytes(table([["Id", "Name"], ["p1", "Secret"]]))
    shop = tmp_path / "all" / "shop"
    shop.mkdir(parents=True)
    for path, content in files(BIKE).items():
        (tmp_path / "all" / path).write_bytes(content)
    (shop / "Product2.csv").unlink()
    (shop / "Product2.csv").symlink_to(secret)
    with pytest.raises(NothingToConfigure):
        revenue_cloud.read_directory(tmp_path / "all")


# ---- anything


ALL: Tables = {**ATTRIBUTES, **QUALIFIED}
STRANGE = st.sampled_from(
    ["", " ", "p1", "p4", "c1", "g1", "g2", "a1", "l1", "k1", "true", "false", "-1", "0", "1e9",
     "NaN", "1e-40", "0.001", "99999999999", "2026-01-01", "9999-12-31", "Draft", "node", "item",
     "price", "x" * 300, "a\nb", "\t", "ü,;$$", "Picklist", "Number", "Date", "Text"]
)  # fmt: skip


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_catalogue_with_strange_cells_makes_sense_or_is_refused(data: st.DataObject) -> None:
    tables = {name: [list(row) for row in rows] for name, rows in ALL.items()}
    for _ in range(data.draw(st.integers(1, 12))):
        rows = tables[data.draw(st.sampled_from(sorted(tables)))]
        row = rows[data.draw(st.integers(0, len(rows) - 1))]
        row[data.draw(st.integers(0, len(row) - 1))] = data.draw(STRANGE)
    try:
        reading = read(tables)
    except Refusal:
        return
    assert all(one.place and one.because for one in reading.findings)


@settings(max_examples=80, deadline=None)
@given(
    name=st.sampled_from(sorted(ALL)),
    content=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)),
)
def test_any_bytes_in_place_of_a_table_are_read_or_refused(name: str, content: bytes) -> None:
    try:
        reading = revenue_cloud.read({**files(ALL), f"shop/{name}.csv": content})
    except Refusal:
        return
    documented(reading.models)


@pytest.mark.data
def test_the_real_catalogue_with_holes_is_read_or_refused(
    data_set: Callable[[str], Path],
) -> None:
    folder = data_set("cpq-quantumbit")
    whole = {
        f"{path.parent.name}/{path.name}": path.read_bytes()
        for path in sorted((folder / "qb-pcm").glob("*.csv"))
    }
    holes: list[Callable[[bytes], bytes]] = [
        lambda content: content[: len(content) // 2],
        lambda content: content.replace(b"true", b""),
        lambda content: b"",
    ]
    for number, (name, content) in enumerate(whole.items()):
        try:
            reading = revenue_cloud.read({**whole, name: holes[number % 3](content)})
        except Refusal:
            continue
        assert reading.models
