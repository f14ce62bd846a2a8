using System.Text;
using System.Text.Json;

namespace Nbpy.EmbeddedInflux.Tests.Http;

/// <summary>Several hundred statements and writes in the manner of InfluxDB's own server tests (<c>ServerSuite.txt</c>), to the program and to the real
/// influxd 1.6: the same status and the same JSON, numbers to nine digits.</summary>
public sealed class ServerSuiteTests
{
    private const double Nearly = 1e-9;

    [Fact]
    public async Task Every_statement_of_the_suite_is_answered_as_the_real_influxd_answers_it()
    {
        Assert.SkipWhen(ServerProcess.Influxd is null, "influxd is not on PATH");
        await using var real = await ServerProcess.StartAsync(influxd: true);
        await using var ours = await ServerProcess.StartAsync();
        ServerProcess[] servers = [real, ours];
        foreach (var server in servers)
            await server.QueryAsync("CREATE DATABASE db");
        var differences = new StringBuilder();
        var lines = await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "Http", "ServerSuite.txt"), TestContext.Current.CancellationToken);
        Assert.True(lines.Length > 500);
        foreach (var line in lines.Where(l => !l.StartsWith('#')))
        {
            var answers = await Task.WhenAll(servers.Select(s => AskAsync(s, line)));
            if (answers[0] != answers[1] && !AreAlike(answers[0].Body, answers[1].Body, answers[0].Status == answers[1].Status))
                differences.AppendLine(line).AppendLine($"  influxd {answers[0]}").AppendLine($"  ours    {answers[1]}");
        }

        Assert.True(differences.Length == 0, differences.ToString());
    }

    private static async Task<(int Status, string Body)> AskAsync(ServerProcess server, string line)
    {
        var rest = line.Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\r", "\r", StringComparison.Ordinal);
        if (line.StartsWith("!w ", StringComparison.Ordinal))
            return await server.WriteAsync("db=db", new StringContent(rest[3..]));
        if (line.StartsWith("!rp ", StringComparison.Ordinal))
        {
            var policy = rest.Split(' ')[1];
            return await server.WriteAsync("db=db&rp=" + policy, new StringContent(rest[(5 + policy.Length)..]));
        }

        using var response = await server.Http.PostAsync(
            new Uri("/query?db=db&epoch=ns", UriKind.Relative), new FormUrlEncodedContent([new("q", rest)]), TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static bool AreAlike(string expected, string actual, bool sameStatus)
    {
        if (!sameStatus || !expected.StartsWith('{') || !actual.StartsWith('{'))
            return false;
        using var a = JsonDocument.Parse(expected);
        using var b = JsonDocument.Parse(actual);
        return AreAlike(a.RootElement, b.RootElement);
    }

    private static bool AreAlike(JsonElement a, JsonElement b) => (a.ValueKind, b.ValueKind) switch
    {
        (JsonValueKind.Object, JsonValueKind.Object) => a.EnumerateObject().Zip(b.EnumerateObject()).All(p => p.First.Name == p.Second.Name && AreAlike(p.First.Value, p.Second.Value))
            && a.EnumerateObject().Count() == b.EnumerateObject().Count(),
        (JsonValueKind.Array, JsonValueKind.Array) => a.GetArrayLength() == b.GetArrayLength() && a.EnumerateArray().Zip(b.EnumerateArray()).All(p => AreAlike(p.First, p.Second)),
        (JsonValueKind.Number, JsonValueKind.Number) => a.GetRawText() == b.GetRawText()
            || (!(a.TryGetInt64(out _) && b.TryGetInt64(out _)) && Math.Abs(a.GetDouble() - b.GetDouble()) <= Nearly * Math.Max(1, Math.Abs(a.GetDouble()))),
        _ => a.GetRawText() == b.GetRawText(),
    };
}
