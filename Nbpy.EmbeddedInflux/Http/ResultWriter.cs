using System.Buffers;
using System.Globalization;
using System.Text;
using Nbpy.EmbeddedInflux.InfluxQl;

namespace Nbpy.EmbeddedInflux.Http;

/// <summary>Writes query results in InfluxDB's JSON shape, streaming: the output is flushed whenever enough bytes wait.</summary>
/// <param name="output">Where to.</param>
/// <param name="epoch">Unit of the times in ns, or 0 for RFC 3339.</param>
/// <param name="pretty">Indented by four spaces.</param>
internal sealed class ResultWriter(IBufferWriter<byte> output, long epoch, bool pretty) : IResultFormat
{
    private int _depth;
    private bool _first = true;

    public string ContentType => "application/json";

    /// <summary>Writes a whole answer.</summary>
    /// <param name="results">What the statements answered.</param>
    /// <param name="flush">Called between rows; decides itself whether to flush.</param>
    public async Task WriteAsync(IReadOnlyList<StatementResult> results, Func<ValueTask> flush)
    {
        Open('{');
        if (results.Count == 0)
        {
            // InfluxDB leaves out what is empty.
            Close('}');
            output.Write("\n"u8);
            _first = true;
            return;
        }

        Name("results");
        Open('[');
        foreach (var result in results)
        {
            Item();
            Open('{');
            Name("statement_id");
            Raw(result.StatementId.ToString(CultureInfo.InvariantCulture));
            if (result.Series.Count > 0)
            {
                Name("series");
                Open('[');
                foreach (var series in result.Series)
                {
                    Item();
                    await WriteAsync(series, flush).ConfigureAwait(false);
                }

                Close(']');
            }

            Warnings(result.Warnings);
            if (result.Partial)
            {
                Name("partial");
                output.Write("true"u8);
            }

            if (result.Error is not null)
            {
                Name("error");
                GoJson.WriteString(output, result.Error);
            }

            Close('}');
        }

        Close(']');
        Close('}');
        output.Write("\n"u8);
        _first = true;
        await flush().ConfigureAwait(false);
    }

    /// <summary>Writes <c>{"error":…}</c>.</summary>
    public void WriteError(string message)
    {
        Open('{');
        Name("error");
        GoJson.WriteString(output, message);
        Close('}');
        output.Write("\n"u8);
    }

    private async Task WriteAsync(ResultSeries series, Func<ValueTask> flush)
    {
        Open('{');
        if (!string.IsNullOrEmpty(series.Name))
        {
            Name("name");
            GoJson.WriteString(output, series.Name);
        }

        if (series.Tags is { Count: > 0 } tags)
        {
            Name("tags");
            Open('{');
            foreach (var (key, value) in tags.OrderBy(t => t.Key, StringComparer.Ordinal))
            {
                Name(key);
                GoJson.WriteString(output, value);
            }

            Close('}');
        }

        if (series.Columns.Count > 0)
        {
            Name("columns");
            Strings(series.Columns);
        }

        if (series.Values.Count > 0)
        {
            var timed = series.Columns.Count > 0 && series.Columns[0] == "time";
            Name("values");
            Open('[');
            foreach (var row in series.Values)
            {
                Item();
                Open('[');
                for (var i = 0; i < row.Length; i++)
                {
                    Item();
                    Value(row[i], timed && i == 0, series.Zone);
                }

                Close(']');
                await flush().ConfigureAwait(false);
            }

            Close(']');
        }

        if (series.Partial)
        {
            Name("partial");
            output.Write("true"u8);
        }

        Close('}');
    }

    private void Strings(IReadOnlyList<string> texts)
    {
        Open('[');
        foreach (var text in texts)
        {
            Item();
            GoJson.WriteString(output, text);
        }

        Close(']');
    }

    private void Warnings(IReadOnlyList<string> warnings)
    {
        if (warnings.Count == 0)
            return;
        Name("messages");
        Open('[');
        foreach (var warning in warnings)
        {
            Item();
            Open('{');
            Name("level");
            output.Write("\"warning\""u8);
            Name("text");
            GoJson.WriteString(output, warning);
            Close('}');
        }

        Close(']');
    }

    private void Value(object? value, bool time, TimeZoneInfo? zone)
    {
        switch (value)
        {
            case null:
                output.Write("null"u8);
                break;
            case long n when time && epoch == 0:
                GoJson.WriteString(output, zone is null ? GoJson.Time(n) : GoJson.Time(n, zone));
                break;
            case long n:
                Raw((time ? n / epoch : n).ToString(CultureInfo.InvariantCulture));
                break;
            case int n:
                Raw(n.ToString(CultureInfo.InvariantCulture));
                break;
            case double d when double.IsFinite(d):
                GoJson.WriteNumber(output, d);
                break;
            case double:
                output.Write("null"u8);
                break;
            case bool b:
                output.Write(b ? "true"u8 : "false"u8);
                break;
            case IReadOnlyList<string> list:
                Strings(list);
                break;
            default:
                GoJson.WriteString(output, value.ToString() ?? "");
                break;
        }
    }

    private void Raw(string text)
    {
        var span = output.GetSpan(text.Length);
        output.Advance(Encoding.ASCII.GetBytes(text, span));
    }

    private void Open(char bracket)
    {
        Raw(bracket == '{' ? "{" : "[");
        _depth++;
        _first = true;
    }

    private void Close(char bracket)
    {
        _depth--;
        if (!_first)
            Line();
        Raw(bracket == '}' ? "}" : "]");
        _first = false;
    }

    private void Item()
    {
        if (!_first)
            output.Write(","u8);
        _first = false;
        Line();
    }

    private void Name(string name)
    {
        Item();
        GoJson.WriteString(output, name);
        output.Write(pretty ? ": "u8 : ":"u8);
    }

    private void Line()
    {
        if (!pretty)
            return;
        output.Write("\n"u8);
        for (var i = 0; i < _depth; i++)
            output.Write("    "u8);
    }
}
