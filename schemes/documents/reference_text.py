"""The words of the reference page that do not follow from the models."""

RULE_MEANINGS = {
    "partition": "tile their parent: no gap, no overlap (the default)",
    "ragged": "tile their parent, or the parent has none and is itself the leaf",
    "partial": "never overlap, but need not fill the parent; the rest of the land answers with the parent",
    "dissolve": "are derived: each is the union of its children",
    "group": "join cells of another level (`of`) that stand side by side",
    "reuse": "are the cells of another scheme (`reuse_cells_of`)",
    "site": "are premises that lie upon the land without taking it from the cell around them",
    "footprint": "are the outlines of objects, such as buildings",
    "record": "have no geometry; each belongs to one cell above",
}

OPENING = """\
# The scheme document

<!-- Written by `python -m schemes.documents.reference`; a test keeps it up to date. Edit the models. -->

A scheme is one way of dividing the land into cells, and the work done on them. It is data: one YAML
file, loaded with `script/manage load_scheme FILE_OR_NAME`. A bare name means `data/schemes/NAME.yaml`.
The smallest one:

```yaml
scheme: example
name: Example
levels:
  - {code: city, tier: city, rule: partition}
  - {code: town, tier: street, rule: partition}
```

A level's parent is the one before it unless `parent:` says otherwise. A larger one, with posts, a
register, a duty and a workflow:

```yaml
scheme: example
name: {zh: 示例, en: Example}
levels:
  - {code: city, name: {zh: 市, en: City}, tier: city, expected: 1, chief: Mayor}
  - {code: town, name: {zh: 镇, en: Town}, tier: street, expected: 2}
  - {code: zone, name: {zh: 片区, en: Zone}, tier: zone, rule: ragged, required_posts: [worker]}
children_of: {North: 3}   # three zones in the town North …
no_children: [South]      # … and none in South, which supervises its land itself
posts:
  - {code: worker, name: {zh: 网格员, en: Worker}, level: zone, max: 2}
registers:
  shop:
    name: {zh: 商铺, en: Shop}
    geom: point
    key: [uscc]
    fields:
      uscc: {type: text, required: true}
      staff: {type: integer, min: 0}
duties:
  - {post: worker, kind: inspect, per: week, count: 2}
cases:
  problem:
    flow:
      - {from: found, to: ordered, by: worker, within: 2d}
      - {from: ordered, to: closed, needs: [photo]}
```

## What is written is what is read

- Keys are always text: `on:` is the key "on". A key given twice is an error, an unknown key too.
- A number with a leading zero is text, since it is a code: `06` and `09` alike. Where a whole number is
  wanted, write `6`. Where text is wanted, put numbers in quotes: `"12369"`.
- Truth values are `true` and `false`; `yes`, `no`, `on` and `off` are text.
- Dates are written `2016-10-20`, with or without quotes; durations `30min`, `2h`, `2d`, `3w`, `6mo`, `1y`.
- A name (title) is one text, or one each: `{zh: 网格, en: Cell}`.
- Tags (`!!set`), aliases (`*a`), a second document and files above 1 MB are refused.
- Codes are letters a-z, digits, `_` and `-`, at most 50, a letter or a digit first.
- Every block takes `assumed: true` (its numbers are an assumption, not from a source) and `note` (a remark).

Errors come all at once, each with file, line and key:

```text
data/schemes/example.yaml line 5: levels[1].rul is not a known key; did you mean "rule"?
```
"""

ENDING = """\
An expression is a text of names, numbers, quoted texts, comparisons, `and`, `or`, `not`, arithmetic and
calls such as `distance_to(school) <= 200`; here only its words and brackets are checked.
"""

CODES_ENDING = """\
Cells of one parent are numbered from west to east, on one meridian from north to south. Cells that others
were merged into, and cells of a level's `local_kinds`, get their numbers from the ranges above; a level
without `local_kinds` keeps none back for them. A code that was given once is never another cell's.
"""
