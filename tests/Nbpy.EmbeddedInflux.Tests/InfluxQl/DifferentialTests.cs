using System.Globalization;
using System.Text;
using System.Text.Json;
using Nbpy.EmbeddedInflux.InfluxQl;

namespace Nbpy.EmbeddedInflux.Tests.InfluxQl;

/// <summary>The engine and a real influxd answer the same statements on the same points alike.</summary>
public sealed class DifferentialTests(Influxd influxd) : IClassFixture<Influxd>
{
    public static TheoryData<string> Statements => [.. StatementList.Read];

    public static TheoryData<string> Failures => [.. WrongStatements.All];

    [Theory]
    [MemberData(nameof(Statements))]
    public Task Answers_as_influxd(string statement) => CompareAsync(statement);

    [Theory]
    [MemberData(nameof(Failures))]
    public Task Fails_as_influxd(string statement) => CompareAsync(statement);

    private async Task CompareAsync(string statement)
    {
        if (influxd.Missing is { } reason)
            Assert.Skip(reason);
        var expected = Show(await influxd.QueryAsync(statement));
        using var store = new MemoryStore();
        store.CreateDatabase(Sample.Database);
        foreach (var line in Sample.Lines)
            store.Write(Sample.Database, "autogen", line);
        var engine = new QueryEngine(store, TimeProvider.System);
        Assert.Equal(expected, await AnswerAsync(engine, statement));
    }

    private static async Task<string> AnswerAsync(QueryEngine engine, string statement)
    {
        try
        {
            var results = await engine.ExecuteAsync(
                statement, Sample.Database, null, new Dictionary<string, object?>(), false, TestContext.Current.CancellationToken);
            return Show(results);
        }
        catch (InfluxQlParseException e)
        {
            return "error: " + e.Message;
        }
    }

    private static string Show(IReadOnlyList<StatementResult> results)
    {
        var text = new StringBuilder();
        foreach (var result in results)
        {
            if (result.Error is not null)
                text.Append("statement error: ").AppendLine(result.Error);
            foreach (var series in result.Series)
            {
                Head(text, series.Name, series.Tags?.Select(t => (t.Key, t.Value)), series.Columns);
                foreach (var row in series.Values)
                    text.AppendLine(string.Join(" | ", row.Select(Value)));
            }
        }

        return text.ToString().TrimEnd();
    }

    private static string Show(JsonElement answer)
    {
        if (answer.TryGetProperty("error", out var error))
            return "error: " + error.GetString();
        var text = new StringBuilder();
        foreach (var result in answer.GetProperty("results").EnumerateArray())
        {
            if (result.TryGetProperty("error", out var failed))
                text.Append("statement error: ").AppendLine(failed.GetString());
            if (!result.TryGetProperty("series", out var all))
                continue;
            foreach (var series in all.EnumerateArray())
            {
                Head(text, series.TryGetProperty("name", out var name) ? name.GetString() : null,
                    series.TryGetProperty("tags", out var tags) ? tags.EnumerateObject().Select(t => (t.Name, t.Value.GetString()!)) : null,
                    series.GetProperty("columns").EnumerateArray().Select(c => c.GetString()!));
                if (!series.TryGetProperty("values", out var rows))
                    continue;
                foreach (var row in rows.EnumerateArray())
                    text.AppendLine(string.Join(" | ", row.EnumerateArray().Select(v => Value(Plain(v)))));
            }
        }

        return text.ToString().TrimEnd();
    }

    private static void Head(StringBuilder text, string? name, IEnumerable<(string, string)>? tags, IEnumerable<string> columns) => text
        .Append(name ?? "(no name)").Append(' ')
        .Append(string.Join(",", (tags ?? []).OrderBy(t => t.Item1, StringComparer.Ordinal).Select(t => $"{t.Item1}={t.Item2}")))
        .Append(": ").AppendLine(string.Join(" | ", columns));

    private static object? Plain(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.TryGetInt64(out var n) ? n : value.GetDouble(),
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Null => null,
        _ => value.GetBoolean(),
    };

    // JSON does not tell 2.0 from 2, and sums of floats may differ in the last bits.
    private static string Value(object? value) => value switch
    {
        null => "null",
        double d => Math.Abs(d) < 1e15 ? Math.Round(d, 9).ToString("0.#########", CultureInfo.InvariantCulture) : d.ToString("R", CultureInfo.InvariantCulture),
        long n => n.ToString(CultureInfo.InvariantCulture),
        bool b => b ? "true" : "false",
        _ => "'" + value + "'",
    };
}
