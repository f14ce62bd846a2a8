using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Nbpy.Influx.Tests;

public sealed partial class MeasurementReaderTests : IDisposable
{
    private readonly FakeStore store = new();
    private readonly long[] times = [1, 1, 1, 1, 2, 3, 3, 4, 5, 5, 5, 5, 5, 5, 6];

    public void Dispose() => store.Dispose();

    [Theory]
    [InlineData(100)]
    [InlineData(4)]
    [InlineData(3)]
    [InlineData(1)]
    public async Task Every_point_comes_once_however_few_rows_the_server_gives_at_a_time(int most)
    {
        store.AnswerQuery = query => new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = new StringContent(query.StartsWith("SHOW", StringComparison.Ordinal) ? Answer("fieldKey", "fieldType", ["[\"v\",\"integer\"]"]) : Page(query, most)),
        };
        var values = new List<long>();
        await foreach (var point in new MeasurementReader(store.Client()).ReadAsync(null, "m", 0, 100, TestContext.Current.CancellationToken))
            values.Add(point.Fields["v"].GetInt64());
        Assert.Equal(Enumerable.Range(0, times.Length).Select(i => (long)i), values);
    }

    private string Page(string query, int most)
    {
        var asked = Range().Match(query).Groups;
        var (from, offset) = (long.Parse(asked[1].Value, CultureInfo.InvariantCulture), int.Parse(asked[2].Value, CultureInfo.InvariantCulture));
        var rows = times.Select((time, i) => (time, i)).Where(p => p.time >= from).Skip(offset).Take(most).Select(p => $"[{p.time},{p.i}]").ToList();
        return rows.Count == 0 ? """{"results":[{"statement_id":0}]}""" : Answer("time", "v", rows);
    }

    private static string Answer(string first, string second, IEnumerable<string> rows) =>
        $$"""{"results":[{"statement_id":0,"series":[{"name":"m","columns":["{{first}}","{{second}}"],"values":[{{string.Join(',', rows)}}]}]}]}""";

    [GeneratedRegex(@"time >= (\d+) .* OFFSET (\d+)")]
    private static partial Regex Range();
}
