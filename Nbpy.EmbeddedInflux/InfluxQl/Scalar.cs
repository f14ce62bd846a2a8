using System.Globalization;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl;

/// <summary>Arithmetic over fields and literals as SQL.</summary>
internal static class Scalar
{
    private static readonly Dictionary<string, string> Functions = new(StringComparer.Ordinal)
    {
        ["abs"] = "abs", ["ceil"] = "ceil", ["floor"] = "floor", ["round"] = "round", ["sqrt"] = "sqrt", ["exp"] = "exp", ["ln"] = "ln", ["log2"] = "log2",
        ["log10"] = "log10", ["sin"] = "sin", ["cos"] = "cos", ["tan"] = "tan", ["asin"] = "asin", ["acos"] = "acos", ["atan"] = "atan", ["pow"] = "pow", ["atan2"] = "atan2",
    };

    public static bool IsMath(string function) => Functions.ContainsKey(function);

    /// <param name="expression">The expression.</param>
    /// <param name="schema">The measurement; a name that it lacks is NULL.</param>
    /// <param name="aggregate">Turns a call of an aggregate into SQL; null: there must be none.</param>
    public static string Sql(Expression expression, MeasurementSchema schema, Func<Call, string>? aggregate = null) => expression switch
    {
        Reference { Name: "time" } => "time",
        Reference r when schema.Fields.ContainsKey(r.Name) => MeasurementSchema.FieldColumn(r.Name),
        Reference r when schema.Tags.Contains(r.Name) => MeasurementSchema.TagColumn(r.Name),
        Reference => "NULL",
        Literal { Value: long v } => v.ToString(CultureInfo.InvariantCulture),
        Literal { Value: double v } => v.ToString("R", CultureInfo.InvariantCulture) + "::DOUBLE",
        Literal { Value: string v } => Condition.Sql(v),
        Literal { Value: bool v } => v ? "TRUE" : "FALSE",
        DurationLiteral d => d.Ns.ToString(CultureInfo.InvariantCulture),
        Binary { Op: "+" or "-" or "*" } b => $"({Sql(b.Left, schema, aggregate)} {b.Op} {Sql(b.Right, schema, aggregate)})",

        // Division is of floats, and by zero is zero, as in InfluxDB.
        Binary { Op: "/" } b => $"COALESCE({Sql(b.Left, schema, aggregate)}::DOUBLE / NULLIF({Sql(b.Right, schema, aggregate)}, 0)::DOUBLE, CASE WHEN {Sql(b.Left, schema, aggregate)} IS NOT NULL AND {Sql(b.Right, schema, aggregate)} IS NOT NULL THEN 0 END)",
        Binary { Op: "%" } b => $"({Sql(b.Left, schema, aggregate)} % NULLIF({Sql(b.Right, schema, aggregate)}, 0))",
        Call c when Functions.TryGetValue(c.Name, out var function) => $"{function}({string.Join(", ", c.Args.Select(a => Sql(a, schema, aggregate)))})",
        Call c when aggregate is not null => aggregate(c),
        Call c => throw new StatementException($"undefined function {c.Name}()"),
        _ => throw new StatementException("the expression is not supported by the embedded store"),
    };
}
