using System.Globalization;
using System.Numerics;
using DuckDB.NET.Data;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl;

/// <summary>Runs a SELECT on one measurement: one SQL query, then the buckets that InfluxDB fills in.</summary>
internal sealed class SelectExecutor(SelectStatement select, SelectPlan plan, Condition condition, DateTimeOffset now)
{
    /// <summary>Most buckets of a series, as InfluxDB's max-select-buckets bounds them.</summary>
    private const long MaxBuckets = 1_000_000;

    public async Task<IReadOnlyList<ResultSeries>> RunAsync(DuckDBConnection connection, CancellationToken cancellationToken)
    {
        if (plan.Columns.Count == 0 || plan.Columns.All(c => c.Expression is Reference r && !plan.Schema.Fields.ContainsKey(r.Name)))
            return [];
        using var command = connection.CreateCommand();
        command.CommandText = plan.IsAggregate ? AggregateSql() : RawSql();
        using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var series = new List<ResultSeries>();
        List<object?[]> rows = [];
        string[]? key = null;
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var tags = new string[plan.Tags.Count];
            for (var i = 0; i < tags.Length; i++)
                tags[i] = reader.IsDBNull(i) ? "" : reader.GetString(i);
            if (key is null || !key.SequenceEqual(tags))
            {
                Finish(series, key, rows);
                (key, rows) = (tags, []);
            }

            var row = new object?[plan.Columns.Count + 1];
            for (var i = 0; i < row.Length; i++)
                row[i] = Value(reader, tags.Length + i);
            rows.Add(row);
        }

        Finish(series, key, rows);
        return [.. series.Skip(select.SeriesOffset).Take(select.SeriesLimit > 0 ? select.SeriesLimit : int.MaxValue)];
    }

    private static object? Value(System.Data.Common.DbDataReader reader, int column)
    {
        if (reader.IsDBNull(column))
            return null;
        return reader.GetValue(column) switch
        {
            double v => double.IsFinite(v) ? v : null,
            float v => (double)v,
            decimal v => (double)v,
            BigInteger v => (long)v,
            int v => (long)v,
            var other => other,
        };
    }

    private string TagColumn(string tag) => plan.Schema.Tags.Contains(tag) ? $"COALESCE({MeasurementSchema.TagColumn(tag)}, '')" : "''";

    private string AggregateSql()
    {
        var tags = plan.Tags.Select(TagColumn).ToList();
        var columns = plan.Columns.Select(c => SelectPlan.Calls(c.Expression).Any()
            ? Scalar.Sql(c.Expression, plan.Schema, call => Aggregates.Sql(call, plan.Schema))
            : Aggregates.AtSelected(plan.Selector!, Scalar.Sql(c.Expression, plan.Schema), plan.Schema));
        var time = select.Interval > 0 ? Bucket()
            : plan.Selector is { } selector ? Aggregates.AtSelected(selector, "time", plan.Schema)
            : (condition.From ?? 0).ToString(CultureInfo.InvariantCulture) + "::BIGINT";
        var group = tags.Append(select.Interval > 0 ? Bucket() : null).Where(g => g is not null && g != "''").Select(g => g!).ToList();
        var order = Enumerable.Range(1, tags.Count).Select(i => i.ToString(CultureInfo.InvariantCulture)).Append($"{tags.Count + 1}{(select.Descending ? " DESC" : "")}");
        return $"SELECT {string.Join(", ", tags.Append(time).Concat(columns))} FROM {plan.Schema.Table} WHERE {condition.Sql(plan.Schema)}"
            + (group.Count > 0 ? $" GROUP BY {string.Join(", ", group)}" : " HAVING count(*) > 0")
            + $" ORDER BY {string.Join(", ", order)}";
    }

    /// <summary>The start of the bucket that a time falls into; the remainder is made positive for times before the offset.</summary>
    private string Bucket()
    {
        var (interval, offset) = (select.Interval, select.Offset % select.Interval);
        return string.Create(CultureInfo.InvariantCulture, $"(time - (((time - {offset}) % {interval}) + {interval}) % {interval})");
    }

    private string RawSql()
    {
        var tags = plan.Tags.Select(TagColumn).ToList();
        var columns = plan.Columns.Select(c => Scalar.Sql(c.Expression, plan.Schema)).ToList();
        var fields = plan.Columns.Select((c, i) => (c, i)).Where(x => x.c.Expression is not Reference r || plan.Schema.Fields.ContainsKey(r.Name)).Select(x => $"{columns[x.i]} IS NOT NULL");
        var direction = select.Descending ? " DESC" : "";
        var sql = $"SELECT {string.Join(", ", tags.Append("time").Concat(columns))} FROM {plan.Schema.Table} WHERE {condition.Sql(plan.Schema)} AND ({string.Join(" OR ", fields)})";
        if (select.Limit > 0 && tags.Count > 0)
            sql += string.Create(CultureInfo.InvariantCulture, $" QUALIFY row_number() OVER (PARTITION BY {string.Join(", ", tags)} ORDER BY time{direction}) <= {select.Limit + select.RowOffset}");
        var order = Enumerable.Range(1, tags.Count).Select(i => i.ToString(CultureInfo.InvariantCulture)).Append("time" + direction);
        sql += $" ORDER BY {string.Join(", ", order)}";
        if (select.Limit > 0 && tags.Count == 0)
            sql += string.Create(CultureInfo.InvariantCulture, $" LIMIT {select.Limit + select.RowOffset}");
        return sql;
    }

    private void Finish(List<ResultSeries> series, string[]? key, List<object?[]> rows)
    {
        if (key is null)
            return;
        if (select.Interval > 0 && plan.IsAggregate)
            rows = Fill(rows);
        else if (plan.IsAggregate)
            rows = [.. rows.Where(HasValue)];
        var cut = rows.Skip(select.RowOffset).Take(select.Limit > 0 ? select.Limit : int.MaxValue).ToList();
        if (cut.Count == 0)
            return;
        var tags = plan.Tags.Count == 0 ? null : plan.Tags.Zip(key).ToDictionary(t => t.First, t => t.Second);
        series.Add(new ResultSeries(plan.Schema.Name, tags, ["time", .. plan.Names], cut));
    }

    /// <summary>A count of zero is no value where nothing else is there.</summary>
    private bool HasValue(object?[] row) =>
        row.Skip(1).Where((v, i) => v is not null && !(v is 0L && IsCount(i))).Any();

    private bool IsCount(int column) => plan.Columns[column].Expression is Call { Name: "count" };

    private List<object?[]> Fill(List<object?[]> rows)
    {
        if (!rows.Any(HasValue))
            return [];
        if (select.Fill == FillKind.None)
            return [.. rows.Where(HasValue)];
        var present = rows.ToDictionary(r => Convert.ToInt64(r[0], CultureInfo.InvariantCulture));
        var first = condition.From is { } from ? BucketOf(from) : present.Keys.Min();
        var last = BucketOf((condition.Until ?? Math.Max(NowNs() + 1, present.Keys.Max() + 1)) - 1);
        if ((last - first) / select.Interval >= MaxBuckets)
            throw new StatementException($"max-select-buckets limit exceeded: ({(last - first) / select.Interval}/{MaxBuckets})");
        var filled = new List<object?[]>();
        for (var bucket = first; bucket <= last; bucket += select.Interval)
            filled.Add(present.TryGetValue(bucket, out var row) ? row : [bucket, .. new object?[plan.Columns.Count]]);
        for (var column = 0; column < plan.Columns.Count; column++)
            FillColumn(filled, column);
        if (select.Descending)
            filled.Reverse();
        return filled;
    }

    private void FillColumn(List<object?[]> rows, int column)
    {
        var c = column + 1;
        for (var i = 0; i < rows.Count; i++)
        {
            var missing = rows[i][c] is null || (IsCount(column) && rows[i][c] is 0L);
            if (!missing)
                continue;
            rows[i][c] = select.Fill switch
            {
                FillKind.Value => IsCount(column) ? (long)select.FillValue : select.FillValue,
                FillKind.Previous => i > 0 ? rows[i - 1][c] : null,
                FillKind.Linear => Linear(rows, i, c),
                _ => IsCount(column) ? 0L : null,
            };
        }
    }

    /// <summary>Between the neighbours that have a value; the one before is filled already.</summary>
    private static object? Linear(List<object?[]> rows, int i, int c)
    {
        if (i == 0 || rows[i - 1][c] is not { } before)
            return null;
        for (var j = i + 1; j < rows.Count; j++)
        {
            if (rows[j][c] is not { } after)
                continue;
            var (a, b) = (Convert.ToDouble(before, CultureInfo.InvariantCulture), Convert.ToDouble(after, CultureInfo.InvariantCulture));
            return a + ((b - a) / (j - i + 1));
        }

        return null;
    }

    private long BucketOf(long time)
    {
        var remainder = (time - (select.Offset % select.Interval)) % select.Interval;
        return time - (remainder < 0 ? remainder + select.Interval : remainder);
    }

    private long NowNs() => (now.UtcTicks - DateTime.UnixEpoch.Ticks) * 100;
}
