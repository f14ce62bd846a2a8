using System.Globalization;
using Nbpy.EmbeddedInflux.InfluxQl.Syntax;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

internal sealed partial class SelectRunner
{
    private const string TwoTo63 = "9223372036854775808::HUGEINT";
    private const string TwoTo64 = "18446744073709551616::HUGEINT";

    private async Task<List<ResultSeries>> AggregatedAsync(SelectPlan plan, Relation relation)
    {
        var points = plan.Calls.Count == 1 && (plan.Buckets is null || plan.References.Any(r => r.Name != "time"));
        var leaves = new Dictionary<(string Key, int Before), Stream>();
        await SimpleAsync(plan, relation, points, leaves).ConfigureAwait(false);
        var streams = new List<Stream>();
        foreach (var call in plan.Calls)
            streams.Add(await StreamAsync(plan, relation, call, 0, points, leaves, outermost: true).ConfigureAwait(false));
        var statement = plan.Statement;
        // LIMIT and OFFSET count the points of each call, before they are laid beside each other.
        if (statement.Limit is not null || statement.Offset > 0)
            streams = streams.ConvertAll(s => s.Select(p => [.. Page(p, statement.Offset, statement.Limit)]));
        return Join(plan, relation, streams);
    }

    // All calls that are plain SQL aggregates, in one query (one per range of time).
    private async Task SimpleAsync(SelectPlan plan, Relation relation, bool points, Dictionary<(string, int), Stream> leaves)
    {
        foreach (var group in plan.Calls.Select(c => Leaf(c, plan)).OfType<(Call Call, int Before)>().GroupBy(l => l.Before))
        {
            var range = Extend(plan, group.Key);
            var ties = group.Any(l => l.Call.Name is "first" or "last") && await MayTieAsync(plan, relation, range).ConfigureAwait(false);
            var calls = new List<(Stream Stream, string Sql, bool Counted)>();
            foreach (var (call, _) in group.DistinctBy(l => l.Call.Key))
            {
                if (points && Function.Find(call.Name)!.Kind == FunctionKind.Selector && group.Key == 0 && plan.Calls.Contains(call))
                    continue;
                if (SimpleSql(relation, call, ties) is not { } sql)
                    continue;
                leaves[(call.Key, group.Key)] = new Stream();
                calls.Add((leaves[(call.Key, group.Key)], sql, call.Name == "stddev"));
            }

            if (calls.Count == 0)
                continue;
            var direction = plan.Statement.Descending ? " DESC" : "";
            var sqlText = $"SELECT {List(GroupColumns(plan, relation).Append(Bucket(plan, range) + " AS b").Concat(calls.Select(c => c.Sql)))}"
                + $" FROM {relation.Sql}{Where(plan, relation, range)} GROUP BY {List(GroupNames(plan).Append("b"))}"
                + $" ORDER BY {List(GroupNames(plan).Append("b" + direction))}";
            var tagCount = plan.Dimensions.Count;
            string[]? tags = null;
            var lists = new List<Point>?[calls.Count];
            await foreach (var row in ReadAsync(sqlText).ConfigureAwait(false))
            {
                if (tags is null || !SameTags(tags, row))
                {
                    tags = [.. row.Take(tagCount).Cast<string>()];
                    Array.Clear(lists);
                }

                for (var (i, at) = (0, tagCount + 1); i < lists.Length; i++, at++)
                {
                    var value = row[at];
                    var exists = calls[i].Counted ? row[++at] is not null : value is not null;
                    if (exists)
                        (lists[i] ??= calls[i].Stream.Of(tags)).Add(new Point((long)row[tagCount]!, value));
                }
            }
        }
    }

    // The innermost aggregate of a call that DuckDB computes as a plain aggregate, and how many intervals it has to begin earlier.
    private static (Call Call, int Before)? Leaf(Call call, SelectPlan plan)
    {
        var before = 0;
        while (Function.Find(call.Name)!.Kind == FunctionKind.Transformation)
        {
            if (call.Args[0] is not Call inner)
                return null;
            before += Transformations.IntervalsBefore(call);
            call = inner;
        }

        return (call, before);
    }

    private static TimeRange Extend(SelectPlan plan, int before)
    {
        if (before == 0 || plan.Buckets is not { } buckets)
            return plan.Range;
        var more = before * buckets.Interval;
        return plan.Statement.Descending ? plan.Range with { Max = plan.Range.Max + more }
            : plan.Range.HasMin ? plan.Range with { Min = plan.Range.Min - more }
            : plan.Range;
    }

    private string Bucket(SelectPlan plan, TimeRange range) => plan.Buckets is { } buckets
        ? buckets.Sql(range)
        : (plan.Range.HasMin ? plan.Range.Min : 0).ToString(CultureInfo.InvariantCulture) + "::BIGINT";

    // A field of a call; null when the relation has no such field.
    private static (string Column, FieldType Type)? FieldOf(Relation relation, Call call)
    {
        // count(distinct()) of a field that is not there comes here.
        if (call.Args[0] is not VarRef reference)
            return null;
        if (reference.Cast == "tag" || !relation.Fields.TryGetValue(reference.Name, out var type))
        {
            return relation.Subquery && relation.Tags.Contains(reference.Name) && Function.Find(call.Name)!.Takes(FieldType.String)
                ? (MeasurementSchema.TagColumn(reference.Name), FieldType.String) : null;
        }

        var column = Sql.Column(relation, reference);
        if (column == "NULL")
            return null;
        type = reference.Cast switch { "float" => FieldType.Float, "integer" => FieldType.Integer, _ => type };
        if (!Function.Find(call.Name)!.Takes(type))
            throw new StatementException($"unsupported {Words(call.Name)} iterator type: *query.{type.ToString().ToLowerInvariant()}InterruptIterator");
        return (column, type);
    }

    // What a transformation is given by the call inside it must be of a type it takes.
    private static void CheckInput(Relation relation, Call call)
    {
        if (call.Args[0] is not Call inner || inner.Name is not ("first" or "last" or "max" or "min" or "mode" or "sample" or "distinct")
            || FieldOf(relation, inner) is not { } field || Function.Find(call.Name)!.Takes(field.Type))
            return;
        var iterator = inner.Name switch { "distinct" => "Interval", "sample" => "Reduce" + field.Type, _ => "Interrupt" };
        throw new StatementException($"unsupported {Words(call.Name)} iterator type: *query.{field.Type.ToString().ToLowerInvariant()}{iterator}Iterator");
    }

    // The function as InfluxDB's message calls it.
    private static string Words(string function) => function switch
    {
        "non_negative_derivative" or "non_negative_difference" => function["non_negative_".Length..],
        "holt_winters" or "holt_winters_with_fit" => "elapsed",
        _ => function.Replace('_', ' '),
    };

    // Whether two points of a group may be of one time: those of one series are not.
    private async Task<bool> MayTieAsync(SelectPlan plan, Relation relation, TimeRange range)
    {
        if (!relation.IsTable)
            return true;
        var tags = relation.Tags.Except(plan.Dimensions).Select(t => Sql.Tag(relation, t)).ToList();
        if (tags.Count == 0)
            return false;
        var combinations = 0;
        await foreach (var _ in ReadAsync($"SELECT DISTINCT {List(tags)} FROM {relation.Sql}{Where(plan, relation, range)} LIMIT 2").ConfigureAwait(false))
            combinations++;
        return combinations > 1;
    }

    private static string? SimpleSql(Relation relation, Call call, bool ties)
    {
        if (call is { Name: "count" } && call.Args[0] is Call distinct)
            return FieldOf(relation, distinct) is { } d ? $"nullif(count(DISTINCT {d.Column}), 0)" : null;
        if (call.Name is not ("count" or "mean" or "median" or "spread" or "stddev" or "sum" or "max" or "min" or "first" or "last"))
            return null;
        if (FieldOf(relation, call) is not { } field)
            return null;
        var f = field.Column;
        return call.Name switch
        {
            "count" => $"nullif(count({f}), 0)",
            "mean" => $"avg({f})",
            "median" => $"median({f}::DOUBLE)",
            "spread" => $"max({f}) - min({f})",
            "stddev" => $"stddev_samp({f}), nullif(count({f}), 0)",
            // What is too large wraps around.
            "sum" when field.Type == FieldType.Integer => $"(((sum({f}) + {TwoTo63}) % {TwoTo64} + {TwoTo64}) % {TwoTo64} - {TwoTo63})::BIGINT",
            "first" when !ties => $"arg_min({f}, time)",
            "last" when !ties => $"arg_max({f}, time)",
            "first" => $"arg_max({f}, {{'t': -time, 'v': {First(field.Type, f)}}}) FILTER ({f} IS NOT NULL)",
            "last" => $"arg_max({f}, {{'t': time, 'v': {f}}}) FILTER ({f} IS NOT NULL)",
            _ => $"{call.Name}({f})",
        };
    }

    private async Task<Stream> StreamAsync(
        SelectPlan plan, Relation relation, Call call, int before, bool points, Dictionary<(string, int), Stream> leaves,
        bool outermost = false)
    {
        if (Function.Find(call.Name)!.Kind == FunctionKind.Transformation)
        {
            CheckInput(relation, call);
            var input = call.Args[0] is Call inner
                ? await StreamAsync(plan, relation, inner, before + Transformations.IntervalsBefore(call), false, leaves)
                    .ConfigureAwait(false)
                : await RawStreamAsync(plan, relation, call).ConfigureAwait(false);
            var interval = call.Args[0] is Call && plan.Buckets is { } unit ? unit.Interval : 1_000_000_000;
            return input.Select(p => Transformations.Apply(call, p, interval));
        }

        if (!leaves.TryGetValue((call.Key, before), out var stream))
        {
            stream = call.Name == "integral"
                ? await IntegralAsync(plan, relation, call).ConfigureAwait(false)
                : await SpecialAsync(plan, relation, call, Extend(plan, before), points).ConfigureAwait(false);
        }

        if (plan.Buckets is not { } buckets || call.Name is "top" or "bottom" or "sample" or "distinct" or "integral")
            return stream;
        var fill = call.Name == "count" && plan.Fill == FillKind.Null ? FillKind.Number : plan.Fill;
        var number = call.Name == "count" && plan.Fill == FillKind.Null ? 0L : plan.Statement.FillValue;
        var grid = Extend(plan, before);
        // Rows past LIMIT are not made, unless a transformation needs what lies behind.
        var most = outermost && plan.Statement.Limit is { } rows ? plan.Statement.Offset + rows : long.MaxValue;
        return stream.Select(p => Filler.Fill(
            p, buckets, grid, plan.Statement.Descending, fill, Fit(number, p), most, ref _bucketBudget));
    }

    // A number of fill() in the type of the values it stands among.
    private static object? Fit(object? number, List<Point> points) => (number, points.Find(p => p.Value is not null).Value) switch
    {
        (double d, long) => (long)d,
        (long n, double) => (double)n,
        (not null, string) => "",
        (not null, bool) => false,
        _ => number,
    };

    private async Task<Stream> IntegralAsync(SelectPlan plan, Relation relation, Call call)
    {
        var raw = await RawStreamAsync(plan, relation, call).ConfigureAwait(false);
        var unit = call.Args.Count > 1 ? ((DurationLiteral)call.Args[1]).Nanoseconds : 1_000_000_000;
        return raw.Select(points => Integral.Of(points, unit, plan.Buckets, plan.Range.HasMin ? plan.Range.Min : 0, plan.Statement.Descending));
    }

    private async Task<Stream> RawStreamAsync(SelectPlan plan, Relation relation, Call call)
    {
        var stream = new Stream();
        if (FieldOf(relation, call) is not { } field)
            return stream;
        var direction = plan.Statement.Descending ? " DESC" : "";
        var merge = await MayTieAsync(plan, relation, plan.Range).ConfigureAwait(false) ? MergeOf(plan, relation, plan.Dimensions.Count + 2, []) : null;
        var key = merge is null ? [] : new[] { SeriesKey(relation) };
        var sql = $"SELECT {List(GroupColumns(plan, relation).Append("time").Append(field.Column).Concat(key))} FROM {relation.Sql}"
            + Where(plan, relation, plan.Range, field.Column + " IS NOT NULL")
            + $" ORDER BY {List(GroupNames(plan).Append("time" + direction).Concat(merge is null ? Ties(plan, relation, direction) : []))}";
        await CollectAsync(stream, sql, plan.Dimensions.Count, merge).ConfigureAwait(false);
        return stream;
    }

    // Rows of tags, time, value, and more of the point.
    private async Task CollectAsync(Stream stream, string sql, int tagCount, SeriesMerge? merge = null)
    {
        string[]? tags = null;
        List<Point> list = [];
        await foreach (var row in ReadAsync(sql, merge, tagCount).ConfigureAwait(false))
        {
            if (tags is null || !SameTags(tags, row))
                list = stream.Of(tags = [.. row.Take(tagCount).Cast<string>()]);
            list.Add(new Point((long)row[tagCount]!, row[tagCount + 1], merge is null && row.Length > tagCount + 2 ? row[(tagCount + 2)..] : null));
        }
    }
}
