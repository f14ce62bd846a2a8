using System.Text.RegularExpressions;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl;

/// <summary>A SELECT with its wildcards opened for one measurement, its columns named, and its dimensions known.</summary>
internal sealed record SelectPlan(
    MeasurementSchema Schema, IReadOnlyList<SelectField> Columns, IReadOnlyList<string> Names, IReadOnlyList<string> Tags, bool IsAggregate, Call? Selector)
{
    /// <exception cref="StatementException">The statement makes no sense, in InfluxDB's words.</exception>
    public static SelectPlan Make(SelectStatement select, MeasurementSchema schema)
    {
        var tags = select.GroupBy.SelectMany(d => Dimension(d, schema)).Distinct().ToList();
        var columns = select.Fields.SelectMany(f => Open(f, schema, tags)).Where(c => c.Expression is not Reference { Name: "time" }).ToList();
        var calls = columns.SelectMany(c => Calls(c.Expression)).ToList();
        var isAggregate = calls.Count > 0;
        var raw = columns.Where(c => !Calls(c.Expression).Any()).ToList();
        Call? selector = null;
        if (isAggregate && raw.Count > 0)
        {
            if (calls.Count != 1 || !Aggregates.IsSelector(calls[0].Name))
                throw new StatementException("mixing aggregate and non-aggregate queries is not supported");
            selector = calls[0];
        }
        else if (calls.Count == 1 && Aggregates.IsSelector(calls[0].Name))
            selector = calls[0];
        if (!isAggregate && select.Interval > 0)
            throw new StatementException("GROUP BY requires at least one aggregate function");
        return new SelectPlan(schema, columns, NamesOf(columns), tags, isAggregate, selector);
    }

    public static IEnumerable<Call> Calls(Expression expression) => expression switch
    {
        Call c when Scalar.IsMath(c.Name) => c.Args.SelectMany(Calls),
        Call c => [c],
        Binary b => Calls(b.Left).Concat(Calls(b.Right)),
        _ => [],
    };

    private static IEnumerable<string> Dimension(Expression dimension, MeasurementSchema schema) => dimension switch
    {
        Wildcard { Pattern: null } => schema.Tags.Order(StringComparer.Ordinal),
        RegexLiteral regex => schema.Tags.Where(t => Regex.IsMatch(t, regex.Pattern, RegexOptions.None, TimeSpan.FromSeconds(1))).Order(StringComparer.Ordinal),
        Reference r => [r.Name],
        _ => throw new StatementException("only time and tag dimensions allowed"),
    };

    private static IEnumerable<SelectField> Open(SelectField field, MeasurementSchema schema, List<string> groupTags)
    {
        if (field.Expression is Wildcard or RegexLiteral)
        {
            var pattern = field.Expression is Wildcard w ? w.Pattern : ((RegexLiteral)field.Expression).Pattern;
            return schema.Fields.Keys.Concat(schema.Tags.Where(t => !groupTags.Contains(t))).Where(n => Matches(n, pattern))
                .Order(StringComparer.Ordinal).Select(n => new SelectField(new Reference(n), null));
        }

        if (field.Expression is Call { Args: [Wildcard argument, ..] } call)
            return schema.Fields.Where(f => Matches(f.Key, argument.Pattern) && (Aggregates.TakesAnyType(call.Name) || f.Value is FieldType.Float or FieldType.Integer))
                .Select(f => f.Key).Order(StringComparer.Ordinal)
                .Select(f => new SelectField(call with { Args = [new Reference(f), .. call.Args.Skip(1)] }, $"{field.Alias ?? call.Name}_{f}"));
        return [field];
    }

    private static bool Matches(string name, string? pattern) =>
        pattern is null || Regex.IsMatch(name, pattern, RegexOptions.None, TimeSpan.FromSeconds(1));

    private static List<string> NamesOf(List<SelectField> columns)
    {
        var used = new HashSet<string>(StringComparer.Ordinal) { "time" };
        var names = new List<string>();
        foreach (var column in columns)
        {
            var name = column.Alias ?? DefaultName(column.Expression);
            var unique = name;
            for (var i = 1; !used.Add(unique); i++)
                unique = $"{name}_{i}";
            names.Add(unique);
        }

        return names;
    }

    private static string DefaultName(Expression expression) => expression switch
    {
        Reference r => r.Name,
        Call c => c.Name,
        Binary b => string.Join("_", ((string[])[DefaultName(b.Left), DefaultName(b.Right)]).Where(n => n.Length > 0)),
        _ => "",
    };
}
