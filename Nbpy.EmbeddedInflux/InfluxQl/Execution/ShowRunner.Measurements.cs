using Nbpy.EmbeddedInflux.InfluxQl.Syntax;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

internal sealed partial class ShowRunner
{
    // InfluxDB decides about measurements by the set of their tags' values, not series by series.
    private async Task<IReadOnlyList<ResultSeries>> MeasurementsAsync(ShowStatement show, IReadOnlyList<Relation> relations)
    {
        var names = show.Where is null ? relations : await MatchingAsync(show.Where, relations).ConfigureAwait(false);
        var rows = Page(show, Rows(relations.Intersect(names).Select(r => r.Name)));
        return rows.Count == 0 ? [] : [Series("measurements", ["name"], rows)];
    }

    private async Task<IReadOnlyList<Relation>> MatchingAsync(Expr where, IReadOnlyList<Relation> relations)
    {
        switch (where)
        {
            case Paren p:
                return await MatchingAsync(p.Inner, relations).ConfigureAwait(false);
            case Binary { Op: "AND" or "OR" } b:
                var left = await MatchingAsync(b.Left, relations).ConfigureAwait(false);
                var right = await MatchingAsync(b.Right, relations).ConfigureAwait(false);
                return [.. b.Op == "AND" ? left.Intersect(right) : left.Union(right)];
            case Binary { Op: "=" or "!=" or "=~" or "!~", Left: VarRef tag } b:
                if (b.Right is not (Literal { Value: string } or RegexLiteral))
                    throw new StatementException($"right side of '{b.Op}' must be a tag value string");
                var matching = new List<Relation>();
                foreach (var relation in relations.Where(r => r.Tags.Contains(tag.Name)))
                {
                    if (await HasValueAsync(relation, tag.Name, b.Right).ConfigureAwait(false) == b.Op is "=" or "=~")
                        matching.Add(relation);
                }

                return matching;
            case Binary { Op: "=" or "!=" or "=~" or "!~" } b:
                throw new StatementException($"left side of '{b.Op}' must be a tag key");
            default:
                throw new StatementException("invalid tag comparison operator");
        }
    }

    private async Task<bool> HasValueAsync(Relation relation, string tag, Expr value)
    {
        if (_known.TryGetValue(relation.Name, out var known))
        {
            var place = Tags(relation).IndexOf(tag);
            var found = known.ConvertAll(values => values[place].Length == 0 ? false : _filter.IsValue(values[place], value));
            if (!found.Contains(null))
                return found.Contains(true);
        }

        var column = Sql.Tag(relation, tag);
        var test = value is RegexLiteral regex ? $"regexp_matches({column}, {Sql.Literal(regex.Pattern)})"
            : $"{column} = {Sql.Literal((string)((Literal)value).Value!)}";
        var rows = await QueryAsync($"SELECT 1 FROM {relation.Sql} WHERE {column} <> '' AND {test} LIMIT 1").ConfigureAwait(false);
        return rows.Count > 0;
    }
}
