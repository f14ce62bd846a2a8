using System.Buffers;
using System.Globalization;
using System.Text;
using Nbpy.EmbeddedInflux.InfluxQl;
using Nbpy.EmbeddedInflux.InfluxQl.Execution;

namespace Nbpy.EmbeddedInflux.Http;

/// <summary>Writes query results as InfluxDB writes CSV: columns <c>name</c> and <c>tags</c>, then the series' own; an empty line and
/// a new head where the statement or the columns change; times in ns unless <c>epoch</c> says otherwise. An error of a statement
/// has no place in the format.</summary>
/// <param name="output">Where to.</param>
/// <param name="epoch">Unit of the times in ns, or 0 for ns.</param>
/// <param name="contentType">As asked for.</param>
internal sealed class CsvResultWriter(IBufferWriter<byte> output, long epoch, string contentType) : IResultFormat
{
    private readonly StringBuilder _line = new();
    private int _statement = -1;

    public string ContentType => contentType;

    public async Task WriteAsync(IReadOnlyList<StatementResult> results, Func<ValueTask> flush)
    {
        foreach (var result in results)
        {
            IReadOnlyList<string>? columns = null;
            foreach (var series in result.Series)
            {
                if (result.StatementId != _statement)
                    Head(series, _statement >= 0);
                else if (columns is not null && !columns.SequenceEqual(series.Columns))
                    Head(series, true);
                _statement = result.StatementId;
                columns = series.Columns;
                var timed = columns.Count > 0 && columns[0] == "time";
                var tags = Tags(series.Tags);
                foreach (var row in series.Values)
                {
                    Cell(series.Name ?? "", true);
                    Cell(tags, false);
                    for (var i = 0; i < row.Length; i++)
                        Cell(Text(row[i], timed && i == 0), false);
                    End();
                    await flush().ConfigureAwait(false);
                }
            }
        }

        await flush().ConfigureAwait(false);
    }

    public void WriteError(string message)
    {
        Cell("error", true);
        End();
        Cell(message, true);
        End();
    }

    private static string Tags(IReadOnlyDictionary<string, string>? tags) => tags is null ? ""
        : string.Join(',', tags.OrderBy(t => t.Key, StringComparer.Ordinal).Where(t => t.Value.Length > 0)
            .Select(t => Into.Escape(t.Key, ",= ") + "=" + Into.Escape(t.Value, ",= ")));

    private void Head(ResultSeries series, bool later)
    {
        if (later)
            End();
        Cell("name", true);
        Cell("tags", false);
        foreach (var column in series.Columns)
            Cell(column, false);
        End();
    }

    private string Text(object? value, bool time) => value switch
    {
        null => "",
        long n => (time && epoch > 0 ? n / epoch : n).ToString(CultureInfo.InvariantCulture),
        double d => GoJson.Decimal(d),
        bool b => b ? "true" : "false",
        // InfluxDB leaves what stood there before, the column's name.
        IReadOnlyList<string> => "destinations",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    // Quoted where RFC 4180 asks for it, or where a reader might trim.
    private void Cell(string text, bool first)
    {
        if (!first)
            _line.Append(',');
        if (text.Length > 0 && (text.AsSpan().IndexOfAny(",\"\r\n") >= 0 || text[0] is ' ' or '\t'))
            _line.Append('"').Append(text.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
        else
            _line.Append(text);
    }

    private void End()
    {
        _line.Append('\n');
        Encoding.UTF8.GetBytes(_line.ToString(), output);
        _line.Clear();
    }
}
