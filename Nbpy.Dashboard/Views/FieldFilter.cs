using System.Globalization;
using Nbpy.Dashboard.Telemetry;

namespace Nbpy.Dashboard.Views;

/// <summary>One condition on a log record or span: a field, a comparison, a value. In an address: <c>field:op:value</c>.</summary>
/// <param name="Field">A known field (<c>message</c>, <c>category</c>, <c>resource</c>, <c>level</c>, <c>traceid</c>, <c>event</c>; of spans <c>name</c>,
/// <c>source</c>, <c>kind</c>, <c>status</c>) or any attribute's name.</param>
/// <param name="Op">One of <see cref="Ops"/>.</param>
/// <param name="Value">Compared without regard to case, as numbers where both are.</param>
public sealed record FieldFilter(string Field, string Op, string Value)
{
    /// <summary>The comparisons, as written in an address and for people.</summary>
    public static readonly IReadOnlyList<(string Op, string Text)> Ops =
    [
        ("contains", "contains"), ("!contains", "does not contain"), ("eq", "="), ("ne", "≠"), ("gt", ">"), ("ge", "≥"), ("lt", "<"), ("le", "≤"),
    ];

    /// <summary>For people.</summary>
    public string Text => $"{Field} {Ops.First(o => o.Op == Op).Text} {Value}";

    /// <summary>For an address.</summary>
    public override string ToString() => $"{Uri.EscapeDataString(Field)}:{Op}:{Uri.EscapeDataString(Value)}";

    /// <summary>Reads what <see cref="ToString"/> writes; null when it is none.</summary>
    public static FieldFilter? Parse(string text)
    {
        var parts = text.Split(':', 3);
        return parts.Length == 3 && Ops.Any(o => o.Op == parts[1]) ? new FieldFilter(Uri.UnescapeDataString(parts[0]), parts[1], Uri.UnescapeDataString(parts[2])) : null;
    }

    /// <summary>Reads those of an address; what is none is left out.</summary>
    public static IReadOnlyList<FieldFilter> ParseAll(IEnumerable<string>? texts) => [.. (texts ?? []).Select(Parse).OfType<FieldFilter>()];

    /// <summary>True: the record fits.</summary>
    public bool Admits(LogEntry log) => Test(Field.ToLowerInvariant() switch
    {
        "message" => log.Message,
        "category" => log.Category,
        "resource" => log.Resource,
        "level" => log.Severity.ToString(),
        "traceid" => log.TraceId,
        "spanid" => log.SpanId,
        "event" => log.EventName,
        _ => log.Find(Field),
    });

    /// <summary>True: the span fits.</summary>
    public bool Admits(SpanEntry span) => Test(Field.ToLowerInvariant() switch
    {
        "name" => span.Name,
        "source" => span.Scope,
        "resource" => span.Resource,
        "kind" => span.Role.ToString(),
        "status" => span.IsError ? "Error" : "Ok",
        "traceid" => span.TraceId,
        _ => span.Attributes.FirstOrDefault(a => a.Key == Field).Value,
    });

    private bool Test(string? actual)
    {
        if (actual is null)
            return Op is "ne" or "!contains";
        return Op switch
        {
            "contains" => actual.Contains(Value, StringComparison.OrdinalIgnoreCase),
            "!contains" => !actual.Contains(Value, StringComparison.OrdinalIgnoreCase),
            "eq" => Compare(actual) == 0,
            "ne" => Compare(actual) != 0,
            "gt" => Compare(actual) > 0,
            "ge" => Compare(actual) >= 0,
            "lt" => Compare(actual) < 0,
            _ => Compare(actual) <= 0,
        };
    }

    private int Compare(string actual) =>
        double.TryParse(actual, NumberStyles.Float, CultureInfo.InvariantCulture, out var a) && double.TryParse(Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var b)
            ? a.CompareTo(b)
            : string.Compare(actual, Value, StringComparison.OrdinalIgnoreCase);
}
