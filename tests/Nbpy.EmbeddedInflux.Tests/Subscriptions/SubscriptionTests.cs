using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Nbpy.EmbeddedInflux.Meta;
using Nbpy.EmbeddedInflux.Subscriptions;
using Nbpy.EmbeddedInflux.Tests.Http;

namespace Nbpy.EmbeddedInflux.Tests.Subscriptions;

/// <summary>Subscriptions of the program and of the real influxd: the same answers, and the same points at their destinations.</summary>
public sealed class SubscriptionTests
{
    private static readonly (string Statement, string Answer)[] Statements =
    [
        ("CREATE SUBSCRIPTION one ON db.autogen DESTINATIONS ALL 'http://127.0.0.1:1', 'udp://127.0.0.1:2'", ""),
        ("CREATE SUBSCRIPTION two ON db.autogen DESTINATIONS ANY 'https://user:secret@[::1]:3/path'", ""),
        ("SHOW SUBSCRIPTIONS", ""","series":[{"name":"db","columns":["retention_policy","name","mode","destinations"],"values":[["autogen","one","ALL",["http://127.0.0.1:1","udp://127.0.0.1:2"]],["autogen","two","ANY",["https://user:secret@[::1]:3/path"]]]}]"""),
        ("CREATE SUBSCRIPTION one ON db.autogen DESTINATIONS ANY 'http://127.0.0.1:1'", ""","error":"subscription already exists" """),
        ("CREATE SUBSCRIPTION three ON db.autogen DESTINATIONS ALL 'http://127.0.0.1'", ""","error":"invalid subscription URL: http://127.0.0.1" """),
        ("CREATE SUBSCRIPTION three ON db.autogen DESTINATIONS ALL 'ftp://127.0.0.1:1'", ""","error":"invalid subscription URL: ftp://127.0.0.1:1" """),
        ("CREATE SUBSCRIPTION three ON db.autogen DESTINATIONS ALL 'http://a b:1'", ""","error":"invalid subscription URL: http://a b:1" """),
        ("CREATE SUBSCRIPTION three ON db.nowhere DESTINATIONS ALL 'http://127.0.0.1:1'", ""","error":"retention policy not found: nowhere" """),
        ("CREATE SUBSCRIPTION three ON nowhere.autogen DESTINATIONS ALL 'http://127.0.0.1:1'", ""","error":"database not found: nowhere" """),
        ("DROP SUBSCRIPTION three ON db.autogen", ""","error":"subscription not found" """),
        ("DROP SUBSCRIPTION one ON db.nowhere", ""","error":"retention policy not found: nowhere" """),
        ("DROP SUBSCRIPTION one ON db.autogen", ""),
        ("CREATE RETENTION POLICY other ON db DURATION INF REPLICATION 1", ""),
        ("CREATE SUBSCRIPTION three ON db.other DESTINATIONS ALL 'http://127.0.0.1:1'", ""),
        ("DROP RETENTION POLICY other ON db", ""),
        ("SHOW SUBSCRIPTIONS", ""","series":[{"name":"db","columns":["retention_policy","name","mode","destinations"],"values":[["autogen","two","ANY",["https://user:secret@[::1]:3/path"]]]}]"""),
        ("DROP DATABASE db", ""),
        ("SHOW SUBSCRIPTIONS", ""),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Statements_are_answered_letter_by_letter(bool influxd)
    {
        await using var server = await StartAsync(influxd);
        foreach (var (statement, answer) in Statements)
            Assert.Equal((statement, $$"""{"results":[{"statement_id":0{{answer.TrimEnd()}}}]}""" + "\n"), (statement, await server.QueryAsync(statement)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_written_arrives_with_its_time_in_nanoseconds(bool influxd)
    {
        await using var server = await StartAsync(influxd);
        await using var receiver = await StartAsync(false);
        using var packets = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        await server.QueryAsync($"CREATE SUBSCRIPTION s ON db.autogen DESTINATIONS ALL 'http://127.0.0.1:{receiver.Port}', 'udp://127.0.0.1:{((IPEndPoint)packets.Client.LocalEndPoint!).Port}'");
        var arrived = UntilAsync(receiver, "SELECT * FROM cpu", "[[1000000000,\"a b\",1],[2000000000,null,2]]");
        while (!arrived.IsCompleted)
        {
            // influxd takes a moment until it sends.
            Assert.Equal(204, (await server.WriteAsync("db=db&precision=s", new StringContent("cpu,host=a\\ b v=1 1\ncpu v=2 2"))).Status);
            await Task.WhenAny(arrived, Task.Delay(200, TestContext.Current.CancellationToken));
        }

        await arrived;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        Assert.Equal("cpu,host=a\\ b v=1 1000000000", Encoding.UTF8.GetString((await packets.ReceiveAsync(limit.Token)).Buffer));
        await server.QueryAsync("SELECT max(v) AS v INTO highest FROM cpu");
        await UntilAsync(receiver, "SELECT v FROM highest", "[[2000000000,2]]");
        await server.WriteAsync("db=db", new StringContent("mem v=1 5\nmem v=nothing 6\nmem v=2"));
        await UntilAsync(receiver, "SELECT count(v) FROM mem", "[[0,2]]");
    }

    [Fact]
    public async Task They_outlive_a_restart_and_count_what_was_sent_and_what_was_not()
    {
        await using var server = await StartAsync(false);
        await using var receiver = await StartAsync(false);
        var (there, gone) = ($"http://127.0.0.1:{receiver.Port}", "http://127.0.0.1:1");
        await server.QueryAsync($"CREATE SUBSCRIPTION s ON db.autogen DESTINATIONS ANY '{there}', '{gone}'");
        await server.KillAndRestartAsync();
        for (var i = 0; i < 4; i++)
            await server.WriteAsync("db=db", new StringContent($"cpu v=1 {i}\nmem v=1 {i}"));
        // Each is sent to one in turn, and to the other where that does not take it; then the turn is that one's again.
        await UntilAsync(server, "SHOW STATS FOR 'subscriber'", $$$""""destination":"{{{gone}}}","mode":"ANY","name":"s","retention_policy":"autogen"},"columns":["pointsWritten","writeFailures"],"values":[[0,3]]"""");
        await UntilAsync(receiver, "SELECT count(v) FROM cpu", "[[0,4]]");
        using var variables = JsonDocument.Parse(await server.Http.GetStringAsync("/debug/vars", TestContext.Current.CancellationToken));
        Assert.Equal(8, variables.RootElement.GetProperty($"subscriber:db:autogen:s:{there}").GetProperty("values").GetProperty("pointsWritten").GetInt64());
        Assert.Equal(3, variables.RootElement.GetProperty("subscriber").GetProperty("values").GetProperty("writeFailures").GetInt64());
    }

    [Fact]
    public async Task What_there_is_no_room_for_is_dropped_and_counted()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var http = new HttpClient();
        var totals = new SendCounts();
        var subscription = new Subscription("db", "autogen", "s", "ALL", [$"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}"]);
        await using var queue = new SubscriptionQueue(subscription, http, totals);
        var batch = Batch.Of("db", "autogen", "m v=1 1"u8, 1, 0);
        for (var i = 0; i < SubscriptionQueue.MaxBatches + 3; i++)
            queue.Add(batch);
        // One may be on its way.
        Assert.InRange(totals.WriteFailures, 2, 3);
    }

    private static async Task<ServerProcess> StartAsync(bool influxd)
    {
        Assert.SkipWhen(influxd && ServerProcess.Influxd is null, "influxd is not on PATH");
        var server = await ServerProcess.StartAsync(influxd);
        await server.QueryAsync("CREATE DATABASE db");
        return server;
    }

    private static async Task UntilAsync(ServerProcess server, string query, string answer)
    {
        var last = "";
        for (var end = DateTime.UtcNow.AddSeconds(20); DateTime.UtcNow < end; await Task.Delay(50, TestContext.Current.CancellationToken))
        {
            last = await server.QueryAsync(query);
            if (last.Contains(answer, StringComparison.Ordinal))
                return;
        }

        Assert.Contains(answer, last, StringComparison.Ordinal);
    }
}
