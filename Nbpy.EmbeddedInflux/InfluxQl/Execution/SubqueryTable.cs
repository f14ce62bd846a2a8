using DuckDB.NET.Data;
using Nbpy.EmbeddedInflux.InfluxQl.Syntax;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>Makes a temporary table of a subquery's answer, with the layout of a measurement.</summary>
internal static class SubqueryTable
{
    public static async Task<Relation> CreateAsync(
        DuckDBConnection connection, string table, SelectPlan plan, Relation source, IReadOnlyList<ResultSeries> series,
        CancellationToken cancellationToken)
    {
        var columns = plan.Columns.Where(c => c is not VarRef { Name: "time" }).ToList();
        var tags = plan.Dimensions.ToHashSet();
        var fields = new Dictionary<string, FieldType>();
        var used = new List<(int Index, string Name, bool Tag)>();
        for (var i = 0; i < columns.Count; i++)
        {
            var name = plan.Names[i + 1];
            var isTag = columns[i] is VarRef v && (v.Cast == "tag" || !source.Fields.ContainsKey(v.Name) && source.Tags.Contains(v.Name));
            if (isTag && tags.Add(name))
                used.Add((i + 1, name, true));
            else if (!isTag && !fields.ContainsKey(name))
                used.Add((i + 1, name, false));
            if (!isTag)
                fields.TryAdd(name, TypeOf(series, i + 1));
        }

        var definitions = plan.Dimensions.Select(d => MeasurementSchema.TagColumn(d) + " VARCHAR")
            .Concat(used.Select(u => u.Tag ? MeasurementSchema.TagColumn(u.Name) + " VARCHAR"
                : MeasurementSchema.FieldColumn(u.Name) + " " + Relation.SqlType(fields[u.Name])));
        await using (var command = connection.CreateCommand())
        {
            command.CommandText = $"CREATE TEMP TABLE {table} (time BIGINT, {string.Join(", ", definitions)})";
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        var parts = table.Split('.');
        using var appender = connection.CreateAppender(parts[0], parts[1], parts[2]);
        foreach (var one in series)
        {
            foreach (var values in one.Values)
            {
                var row = appender.CreateRow();
                row.AppendValue((long)values[0]!);
                foreach (var dimension in plan.Dimensions)
                    Append(row, one.Tags![dimension], FieldType.String);
                foreach (var (index, name, isTag) in used)
                    Append(row, values[index], isTag ? FieldType.String : fields[name]);
                row.EndRow();
            }
        }

        return new Relation(source.Name, table, tags, fields) { Subquery = true };
    }

    private static FieldType TypeOf(IReadOnlyList<ResultSeries> series, int column)
    {
        var type = (FieldType?)null;
        foreach (var value in series.SelectMany(s => s.Values).Select(v => v[column]))
        {
            switch (value)
            {
                case double:
                    return FieldType.Float;
                case long:
                    type = FieldType.Integer;
                    break;
                case string:
                    return FieldType.String;
                case bool:
                    return FieldType.Boolean;
            }
        }

        return type ?? FieldType.Float;
    }

    private static void Append(IDuckDBAppenderRow row, object? value, FieldType type)
    {
        switch (value, type)
        {
            case (double or long, FieldType.Float):
                row.AppendValue(Maths.Number(value));
                break;
            case (long n, FieldType.Integer):
                row.AppendValue(n);
                break;
            case (string s, FieldType.String):
                row.AppendValue(s);
                break;
            case (bool b, FieldType.Boolean):
                row.AppendValue(b);
                break;
            default:
                row.AppendNullValue();
                break;
        }
    }
}
