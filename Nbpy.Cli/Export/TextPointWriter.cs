using System.Globalization;
using System.Text;
using System.Text.Json;
using Nbpy.Influx;

namespace Nbpy.Cli.Export;

/// <summary>Points as text: JSON lines, CSV, or line protocol.</summary>
internal sealed class TextPointWriter(TextWriter output, string format, string measurement, IReadOnlyDictionary<string, string> fieldTypes, IReadOnlyList<string> tagNames)
    : IPointWriter
{
    private readonly string[] fields = [.. fieldTypes.Keys.Order(StringComparer.Ordinal)];

    public ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        if (format == "csv")
            output.WriteLine(string.Join(',', (string[])["time", .. tagNames.Select(Csv), .. fields.Select(Csv)]));
        return ValueTask.CompletedTask;
    }

    public ValueTask WriteAsync(StoredPoint point, CancellationToken cancellationToken)
    {
        switch (format)
        {
            case "csv":
                output.WriteLine(string.Join(',', (string[])[
                    point.TimeNs.ToString(CultureInfo.InvariantCulture),
                    .. tagNames.Select(t => Csv(point.Tags.GetValueOrDefault(t) ?? "")),
                    .. fields.Select(f => point.Fields.TryGetValue(f, out var value) ? Csv(value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText()) : "")]));
                break;
            case "line":
                output.WriteLine(Line(point));
                break;
            default:
                output.WriteLine(JsonSerializer.Serialize(new { measurement, time = point.TimeNs, tags = point.Tags, fields = point.Fields }));
                break;
        }

        return ValueTask.CompletedTask;
    }

    public async ValueTask EndAsync(CancellationToken cancellationToken) => await output.FlushAsync(cancellationToken).ConfigureAwait(false);

    public ValueTask DisposeAsync() => output == Console.Out ? ValueTask.CompletedTask : output.DisposeAsync();

    private string Line(StoredPoint point)
    {
        var line = new StringBuilder(Escape(measurement, ", "));
        foreach (var (name, value) in point.Tags)
            line.Append(',').Append(Escape(name, ",= ")).Append('=').Append(Escape(value, ",= "));
        var separator = ' ';
        foreach (var field in fields)
        {
            if (!point.Fields.TryGetValue(field, out var value))
                continue;
            line.Append(separator).Append(Escape(field, ",= ")).Append('=').Append(fieldTypes[field] switch
            {
                "string" => "\"" + value.GetString()!.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"",
                "boolean" => value.GetBoolean() ? "true" : "false",
                "integer" => value.GetRawText() + "i",
                _ => value.GetRawText(),
            });
            separator = ',';
        }

        return line.Append(' ').Append(point.TimeNs.ToString(CultureInfo.InvariantCulture)).ToString();
    }

    private static string Escape(string text, string special)
    {
        if (text.AsSpan().IndexOfAny(special) < 0)
            return text;
        var escaped = new StringBuilder();
        foreach (var c in text)
        {
            if (special.Contains(c, StringComparison.Ordinal))
                escaped.Append('\\');
            escaped.Append(c);
        }

        return escaped.ToString();
    }

    private static string Csv(string text) => text.AsSpan().IndexOfAny(",\"\n\r") < 0 ? text : "\"" + text.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
}
