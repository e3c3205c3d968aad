-- Why cells do not tile some land, at the worst place: an overlap, land outside, a gap, or, where what differs is
-- nowhere as wide as a step of the grid (1e-8 degrees), nodes that one side of a border lacks.
CREATE FUNCTION boundaries_guard_words_v1(owner text, whole geometry, codes text[], parts geometry[])
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    worst record;
    rest record;
BEGIN
    SELECT f.words, f.land INTO worst
    FROM (
        SELECT format('overlap: %s and %s claim the same land of %s,', a.code, b.code, owner) AS words,
            ST_Intersection(a.geom, b.geom) AS land
        FROM unnest(codes, parts) AS a (code, geom)
        JOIN unnest(codes, parts) AS b (code, geom)
            ON a.code < b.code AND a.geom && b.geom AND ST_Relate(a.geom, b.geom, 'T********')
        UNION ALL
        SELECT format('outside: %s has land outside %s,', p.code, owner), ST_Difference(p.geom, whole)
        FROM unnest(codes, parts) AS p (code, geom)
        UNION ALL
        SELECT format('gap: no cell covers land of %s,', owner),
            coalesce(ST_Difference(whole, ST_Union(p.geom)), whole)
        FROM unnest(parts) AS p (geom)
    ) AS f
    WHERE 2 * ST_Area(f.land) > 1e-8 * ST_Perimeter(f.land)
    ORDER BY ST_Area(f.land) DESC
    LIMIT 1;
    IF FOUND THEN
        RETURN worst.words || ' ' || boundaries_guard_place_v1(worst.land);
    END IF;
    SELECT r.ax, r.ay INTO rest FROM boundaries_guard_rest_v1(whole, parts) r ORDER BY r.ax, r.ay LIMIT 1;
    RETURN format(
        'unmatched nodes: borders of %s and of the cells below it have not the same nodes, 0 m² at %s %s',
        owner, round(rest.ax::numeric, 8), round(rest.ay::numeric, 8)
    );
END
$$;
