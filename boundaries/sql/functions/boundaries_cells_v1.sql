-- The cells of a scheme as of a time, or, where a draft is named, as the draft has them: its own rows, and those of
-- its base that it leaves as they are. Without a time there is no base. One SELECT, STABLE and not STRICT, so that
-- the planner takes it in and uses the indexes of the tables; order codes by COLLATE "C", which a function loses.
CREATE FUNCTION boundaries_cells_v1(of_scheme bigint, as_of timestamptz, of_draft bigint)
RETURNS TABLE (
    cell_id uuid, level_id bigint, parent_id uuid, code text, name text, kind text, attributes jsonb,
    geom geometry, area_m2 float8, edition_id bigint, valid tstzrange
)
LANGUAGE sql STABLE
AS $$
    SELECT d.cell_id, d.level_id, d.parent_id, d.code, d.name, d.kind, d.attributes, d.geom, d.area_m2,
        NULL::bigint, NULL::tstzrange
    FROM boundaries_draftcell d
    WHERE d.draft_id = of_draft AND NOT d.retired
    UNION ALL
    SELECT v.cell_id, v.level_id, v.parent_id, v.code, v.name, v.kind, v.attributes, v.geom, v.area_m2,
        v.edition_id, v.valid
    FROM boundaries_cellversion v
    WHERE v.scheme_id = of_scheme AND v.valid @> as_of
      AND NOT EXISTS (
          SELECT FROM boundaries_draftcell d WHERE d.draft_id = of_draft AND d.cell_id = v.cell_id
      )
$$;
