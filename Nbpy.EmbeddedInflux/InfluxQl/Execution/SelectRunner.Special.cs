using System.Globalization;
using Nbpy.EmbeddedInflux.InfluxQl.Syntax;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

internal sealed partial class SelectRunner
{
    // Functions that need a query of their own: those that answer points, and those that rank values.
    private async Task<Stream> SpecialAsync(SelectPlan plan, Relation relation, Call call, TimeRange range, bool points)
    {
        var stream = new Stream();
        if (FieldOf(relation, call) is not { } field)
            return stream;
        var groups = List(GroupNames(plan).Append("b"));
        var extras = plan.References.Where(r => r.Name != "time").Select((r, i) => FormattableString.Invariant(
            $"{Sql.Column(relation, r)} AS e{i}")).ToList();
        var extraNames = extras.Select((_, i) => FormattableString.Invariant($"e{i}")).ToList();
        // top, bottom and sample answer the points' own times even within intervals.
        var time = call.Name is "top" or "bottom" or "sample" || plan.Buckets is null && points ? "time" : "b";
        var source = $"(SELECT {List(GroupColumns(plan, relation).Append(Bucket(plan, range) + " AS b").Append("time")
            .Append(field.Column + " AS v").Concat(extras).Concat(TopTagColumns(relation, call)))} FROM {relation.Sql}"
            + Where(plan, relation, range, field.Column + " IS NOT NULL") + ")";
        var direction = plan.Statement.Descending ? " DESC" : "";
        var order = $" ORDER BY {List(GroupNames(plan).Append(time + direction))}";
        var output = List(GroupNames(plan).Append(time + " AS time").Append("v").Concat(extraNames));
        var sql = call.Name switch
        {
            "distinct" => $"SELECT {List(GroupNames(plan).Append("b").Append("v"))} FROM (SELECT {groups}, v, min(time) AS t FROM {source}"
                + $" GROUP BY {groups}, v) ORDER BY {List(GroupNames(plan).Append("b" + direction))}, t, v",
            // Of equally frequent values the one seen first; of values seen once the smallest.
            "mode" => $"SELECT {groups}, arg_min(v, {{'n': -n, 't': {(field.Type == FieldType.Boolean ? "t" : "CASE WHEN n = 1 THEN 0 ELSE t END")}, 'v': v}}) AS v FROM (SELECT {groups}, v, count(*) AS n, min(time) AS t"
                + $" FROM {source} GROUP BY {groups}, v) GROUP BY {groups} ORDER BY {List(GroupNames(plan).Append("b" + direction))}",
            "percentile" => $"SELECT {output} FROM {source} QUALIFY row_number() OVER (PARTITION BY {groups} ORDER BY v, time)"
                + $" = floor(count(*) OVER (PARTITION BY {groups}) * {Parameter(call)} / 100.0 + 0.5){order}",
            "sample" => $"SELECT {output} FROM {source}"
                + $" QUALIFY row_number() OVER (PARTITION BY {groups} ORDER BY random()) <= {Parameter(call)}{order}",
            "top" or "bottom" => $"SELECT {output} FROM {Best(call, source, groups)}"
                + $" QUALIFY row_number() OVER (PARTITION BY {groups} ORDER BY v{(call.Name == "top" ? " DESC" : "")}, time)"
                + $" <= {Parameter(call)}{order}",
            _ => await ExtremeAsync(plan, relation, range, call.Name, field.Type, source, time, extraNames).ConfigureAwait(false)
                + $" ORDER BY {List(GroupNames(plan).Append("time" + direction))}",
        };
        await CollectAsync(stream, sql, plan.Dimensions.Count).ConfigureAwait(false);
        return stream;
    }

    private static string Parameter(Call call) =>
        Convert.ToString(((Literal)call.Args[^1]).Value, CultureInfo.InvariantCulture)!;

    private static IEnumerable<string> TopTagColumns(Relation relation, Call call) => call.Name is "top" or "bottom"
        ? call.Args.Skip(1).OfType<VarRef>().Select((t, i) => FormattableString.Invariant($"{Sql.Column(relation, t)} AS k{i}"))
        : [];

    // top(f, tag, n) takes the best point of each value of the tags first.
    private static string Best(Call call, string source, string groups)
    {
        var keys = call.Args.Skip(1).OfType<VarRef>().Select((_, i) => FormattableString.Invariant($"k{i}")).ToList();
        return keys.Count == 0 ? source
            : $"(SELECT * FROM {source} QUALIFY row_number() OVER (PARTITION BY {groups}, {List(keys)}"
                + $" ORDER BY v{(call.Name == "top" ? " DESC" : "")}, time) = 1)";
    }

    // Of several at the first time the greatest value is the first one, but false of booleans.
    private static string First(FieldType type, string value) => type == FieldType.Boolean ? "NOT " + value : value;

    // first, last, max and min with the whole point: the greatest key wins.
    private async Task<string> ExtremeAsync(
        SelectPlan plan, Relation relation, TimeRange range, string name, FieldType type, string source, string time, List<string> extras)
    {
        var groups = GroupNames(plan).Append("b").ToList();
        var value = name == "first" ? First(type, "v") : "v";
        if (name is "first" or "last")
        {
            var extreme = name == "first" ? "min" : "max";
            if (groups.Count == 1 && plan.Buckets is null)
            {
                return $"SELECT * FROM (SELECT {List(extras.Prepend("v").Prepend(time == "b" ? "b AS time" : "time"))} FROM {source} s"
                    + $" ORDER BY s.time{(name == "last" ? " DESC" : "")}, {value} DESC LIMIT 1)";
            }

            if (!await MayTieAsync(plan, relation, range).ConfigureAwait(false))
            {
                return $"SELECT {List(GroupNames(plan).Append(time == "b" ? "b AS time" : $"{extreme}(time) AS time").Concat(
                    extras.Prepend("v").Select(c => $"arg_{extreme}_null({c}, time) AS {c}")))} FROM {source} GROUP BY {List(groups)}";
            }

            // Only the points of that time are compared whole.
            source = $"(SELECT s.* FROM {source} s JOIN (SELECT {List(groups)}, {extreme}(time) AS t FROM {source} GROUP BY {List(groups)}) e"
                + $" ON s.time = e.t AND {string.Join(" AND ", groups.Select(g => $"s.{g} = e.{g}"))})";
        }

        var key = name switch
        {
            "first" or "last" => value,
            "max" => "{'v': v, 't': -time}",
            _ => "{'v': v, 't': time}",
        };
        var point = "{" + List(extras.Append("time").Append("v").Select(c => $"'{c}': {c}")) + "}";
        var columns = GroupNames(plan).Append(time == "b" ? "b AS time" : "p.time AS time").Append("p.v AS v")
            .Concat(extras.Select(e => "p." + e));
        return $"SELECT {List(columns)} FROM (SELECT {List(groups)}, {(name == "min" ? "arg_min" : "arg_max")}({point}, {key}) AS p"
            + $" FROM {source} GROUP BY {List(groups)})";
    }

    // Lays the streams of all calls beside each other, by series and time.
    private static List<ResultSeries> Join(SelectPlan plan, Relation relation, List<Stream> streams)
    {
        var extras = plan.References.Where(r => r.Name != "time").ToList();
        var slots = plan.Calls.Select((c, i) => ((Expr)c, i)).Concat(extras.Select((r, i) => ((Expr)r, plan.Calls.Count + i))).ToList();
        var evaluate = Evaluators(plan, slots);
        var missing = plan.Fill == FillKind.Number ? plan.Statement.FillValue : null;
        var keys = streams.SelectMany(s => s.Series).DistinctBy(s => s.Key).Select(s => (s.Key, s.Value.Tags)).ToList();
        keys.Sort((a, b) => Compare(a.Tags, b.Tags) * (plan.Statement.Descending ? -1 : 1));
        var result = new List<ResultSeries>();
        foreach (var (key, tags) in keys)
        {
            var inputs = streams.Select(s => s.Series.TryGetValue(key, out var series) ? series.Points : []).ToArray();
            var rows = new List<object?[]>();
            var at = new int[inputs.Length];
            var before = new object?[extras.Count];
            Array.Fill(before, missing);
            var last = new object?[inputs.Length];
            while (NextTime(inputs, at, plan.Statement.Descending) is { } time)
            {
                var values = new object?[slots.Count];
                for (var i = 0; i < inputs.Length; i++)
                {
                    if (at[i] >= inputs[i].Count || inputs[i][at[i]].Time != time)
                    {
                        values[i] = last[i] ?? (plan.Calls[i].Name == "count" && missing is double whole ? (long)whole : missing);
                        continue;
                    }

                    var point = inputs[i][at[i]++];
                    values[i] = point.Value;
                    // fill(previous) stands as well for the points that a transformation leaves out.
                    if (plan.Fill == FillKind.Previous)
                        last[i] = point.Value;
                    // What fill() puts in for the point it puts in for the point's other columns as well.
                    if (point.Extra is { } extra)
                    {
                        for (var e = 0; e < extra.Length; e++)
                        {
                            values[plan.Calls.Count + e] = extra[e] ?? before[e];
                            if (plan.Fill == FillKind.Previous)
                                before[e] = extra[e] ?? before[e];
                        }
                    }
                    else
                        before.CopyTo(values, plan.Calls.Count);
                }

                var row = new object?[plan.Names.Count];
                row[0] = time;
                for (var i = 0; i < evaluate.Count; i++)
                    row[i + 1] = evaluate[i](values);
                rows.Add(row);
            }

            if (rows.Count > 0)
                result.Add(new ResultSeries(relation.Name, TagMap(plan, tags), plan.Names, rows));
        }

        return result;
    }

    private static long? NextTime(List<Point>[] inputs, int[] at, bool descending)
    {
        long? best = null;
        for (var i = 0; i < inputs.Length; i++)
        {
            if (at[i] < inputs[i].Count && inputs[i][at[i]].Time is var t && (best is null || (descending ? t > best : t < best)))
                best = t;
        }

        return best;
    }

    private static int Compare(string[] a, string[] b)
    {
        for (var i = 0; i < a.Length; i++)
        {
            if (string.CompareOrdinal(a[i], b[i]) is var order && order != 0)
                return order;
        }

        return 0;
    }
}
