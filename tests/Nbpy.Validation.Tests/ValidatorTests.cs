using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nbpy.Messaging;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Validation.Tests;

/// <summary>What the validator says of a topic and a measurement, and why.</summary>
public sealed class ValidatorTests : IDisposable
{
    private const string Topic = "kraken_tick";
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1.5);
    private readonly string folder = Directory.CreateTempSubdirectory("nbpy-validation-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_topic_that_keeps_the_contract_passes_with_its_rate()
    {
        await using var publisher = new ScriptedPublisher(Topic, n => ScriptedPublisher.Message(n));
        var topic = await TopicAsync(publisher.Port);
        Assert.Null(topic.Problem);
        Assert.Equal(Topic, topic.Topic);
        Assert.InRange(topic.Messages, 2, 1_000);
        Assert.InRange(topic.Rate, 1, 250);
    }

    [Fact]
    public async Task No_publisher_is_told_from_one_that_is_silent()
    {
        var free = FreePort();
        Assert.Equal($"its publisher is not reachable at tcp://localhost:{free}; is it running?", (await TopicAsync(free)).Problem);
        await using var silent = new ScriptedPublisher(Topic, _ => null);
        Assert.StartsWith($"connected to tcp://localhost:{silent.Port}, but it was silent on this topic for 1.5 s", (await TopicAsync(silent.Port)).Problem, StringComparison.Ordinal);
        await using var other = new ScriptedPublisher("another_topic", n => ScriptedPublisher.Message(n));
        Assert.Contains("silent on this topic", (await TopicAsync(other.Port)).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MessageKeys.Timestamp, null)]
    [InlineData(MessageKeys.Timestamp, "2026-01-01")]
    [InlineData(MessageKeys.Sequence, -1)]
    [InlineData(MessageKeys.Epoch, null)]
    [InlineData(MessageKeys.Sent, 1.5)]
    [InlineData(MessageKeys.Source, "guessed")]
    public async Task A_key_that_is_missing_or_of_the_wrong_type_is_named(string key, object? value)
    {
        await using var publisher = new ScriptedPublisher(Topic, n => ScriptedPublisher.Message(n, m => { if (value is null) m.Remove(key); else m[key] = value; }));
        var problem = (await TopicAsync(publisher.Port)).Problem;
        Assert.NotNull(problem);
        // What has no usable sequence may be refused before its keys are looked at; both say the contract.
        Assert.True(problem.Contains($"'{key}'", StringComparison.Ordinal) || problem.Contains("message contract", StringComparison.Ordinal), problem);
    }

    [Fact]
    public async Task A_gap_is_named_by_its_numbers()
    {
        // Messages 1 to 3 of every 10 numbers, then the next ten.
        await using var publisher = new ScriptedPublisher(Topic, n => ScriptedPublisher.Message(((n - 1) / 3 * 10) + ((n - 1) % 3) + 1));
        var problem = (await TopicAsync(publisher.Port)).Problem;
        Assert.Matches(@"^messages are missing: _seq \d*4 to \d*0 of epoch 7$", problem);
    }

    [Fact]
    public async Task Payloads_that_are_no_messages_are_counted_and_fail_the_topic()
    {
        await using var publisher = new ScriptedPublisher(Topic, n => n % 2 == 0 ? ScriptedPublisher.Message(n / 2) : [0xc1]);
        Assert.Matches(@"^\d+ payloads are not what the message contract says$", (await TopicAsync(publisher.Port)).Problem);
    }

    [Fact]
    public async Task Fewer_messages_than_configured_fail()
    {
        await using var publisher = new ScriptedPublisher(Topic, n => ScriptedPublisher.Message(n));
        Assert.Matches(@"^\d+ messages in 1\.5 s; at least 100000 are expected$", (await TopicAsync(publisher.Port, c => c["validation"]!["min_messages_per_topic"] = 100_000)).Problem);
    }

    [Fact]
    public async Task All_that_was_sent_is_stored_once_the_store_catches_up()
    {
        await using var publisher = new ScriptedPublisher(Topic, n => ScriptedPublisher.Message(n));
        // Nothing at first, then everything.
        await using var store = await ScriptedStore.StartAsync((_, before) => ScriptedStore.Count(before < 3 ? 0 : 1_000_000));
        var report = await RunAsync("full", publisher.Port, store.Port);
        Assert.True(report.Passed);
        Assert.Equal(report.Topics![0].Messages, report.Measurements![0].Sent);
        var statement = store.Statements.First();
        Assert.StartsWith("SELECT count(*) FROM \"tick\".\"default\".\"kraken_tick\" WHERE time >= 17000000000", statement, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Points_that_lack_a_field_are_counted_as_points()
    {
        await using var publisher = new ScriptedPublisher(Topic, n => ScriptedPublisher.Message(n));
        // No field is in every point: the count of the fullest is short, the points are not.
        await using var store = await ScriptedStore.StartAsync((q, _) => q.Contains("count(*)", StringComparison.Ordinal)
            ? ScriptedStore.Count(1) : ScriptedStore.Rows(long.Parse(q[(q.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture)));
        Assert.True((await RunAsync("full", publisher.Port, store.Port)).Passed);
    }

    [Fact]
    public async Task Messages_without_points_and_too_few_points_are_two_reasons()
    {
        await using var publisher = new ScriptedPublisher(Topic, n => ScriptedPublisher.Message(n));
        await using var empty = await ScriptedStore.StartAsync((_, _) => ScriptedStore.Count(0));
        var report = await RunAsync("full", publisher.Port, empty.Port);
        Assert.False(report.Passed);
        Assert.True(report.TopicsPassed);
        Assert.Matches(@"^\d+ messages were sent, but no points are in .*kraken_tick.*; look at the log of kraken_influxdb_tick$", report.Measurements![0].Problem);
        await using var short1 = await ScriptedStore.StartAsync((q, _) => q.Contains("count(*)", StringComparison.Ordinal) ? ScriptedStore.Count(1) : ScriptedStore.Rows(1));
        Assert.Matches(@"^\d+ messages were sent, but only 1 points are in .*: \d+ are missing; ", (await RunAsync("full", publisher.Port, short1.Port)).Measurements![0].Problem);
    }

    [Theory]
    [InlineData(503, "{\"error\":\"timeout\"}", "timeout")]
    [InlineData(401, "{\"error\":\"authorization failed\"}", "authorization failed")]
    [InlineData(200, "{\"results\":[{\"statement_id\":0,\"error\":\"database not found: tick\"}]}", "database not found: tick")]
    [InlineData(200, "<html>a proxy</html>", "")]
    public async Task A_store_that_refuses_is_quoted(int status, string body, string reason)
    {
        await using var store = await ScriptedStore.StartAsync((_, _) => (status, body));
        var measurement = Assert.Single((await RunAsync("influxdb", FreePort(), store.Port)).Measurements!);
        Assert.StartsWith("the store does not answer: ", measurement.Problem, StringComparison.Ordinal);
        Assert.Contains(reason, measurement.Problem, StringComparison.Ordinal);
        Assert.Null(measurement.Sent);
    }

    [Fact]
    public async Task A_store_that_is_not_there_is_a_finding_and_no_crash() =>
        Assert.StartsWith("the store does not answer: ", Assert.Single((await RunAsync("influxdb", FreePort(), FreePort())).Measurements!).Problem, StringComparison.Ordinal);

    [Fact]
    public async Task Where_nothing_is_stored_by_configuration_nothing_is_called_stored()
    {
        await using var publisher = new ScriptedPublisher(Topic, n => ScriptedPublisher.Message(n));
        var report = await RunAsync("full", publisher.Port, 1, c =>
        {
            foreach (var one in c["subscribers"]!.AsArray())
                one!["enabled"] = false;
        });
        using var text = new StringWriter();
        report.WriteText(text);
        Assert.Equal(
            ["! no subscriber is enabled: nothing was looked for in the store", "✓ ALL TOPICS STREAMING SUCCESSFULLY"], text.ToString().TrimEnd().Split(Environment.NewLine)[1..]);
    }

    [Fact]
    public void The_report_says_the_same_as_text_and_as_json()
    {
        var report = new ValidationReport(
            [new TopicFinding("a", 150, 15, null), new TopicFinding("b", 0, 0, "silent")], [new MeasurementFinding("m", "tick.rp.m", 150, 150, null)], ["a dashboard is missing"]);
        using var text = new StringWriter();
        report.WriteText(text);
        Assert.Equal(
            ["✓ a: 150 messages, rate: 15.0 msg/sec", "✗ b: silent", "✓ m: 150 points in tick.rp.m, 150 sent", "! a dashboard is missing", "✗ NOT ALL TOPICS ARE STREAMING", "✓ INFLUXDB DATA INGESTION SUCCESSFUL"],
            text.ToString().TrimEnd().Split(Environment.NewLine));
        using var json = new StringWriter();
        report.WriteJson(json);
        using var document = JsonDocument.Parse(json.ToString());
        Assert.False(document.RootElement.GetProperty("passed").GetBoolean());
        Assert.Equal("silent", document.RootElement.GetProperty("topics")[1].GetProperty("problem").GetString());
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private async Task<TopicFinding> TopicAsync(int port, Action<JsonNode>? change = null) =>
        Assert.Single((await RunAsync("zmq", port, 1, change)).Topics!);

    private Task<ValidationReport> RunAsync(string what, int port, int storePort, Action<JsonNode>? change = null)
    {
        var file = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "integration_config.json")))!;
        foreach (var publisher in file["publishers"]!.AsArray())
            publisher!["enabled"] = publisher["name"]!.GetValue<string>() == Topic;
        file["publishers"]![0]!["port"] = port;
        foreach (var subscriber in file["subscribers"]!.AsArray().Where(s => s!["subscribe_to"]!.GetValue<string>() != Topic))
            subscriber!["enabled"] = false;
        file["subscribers"]![0]!["publisher_port"] = port;
        file["influxdb"]!["port"] = storePort;
        file["urls"]!["influxdb_api"] = $"http://localhost:{storePort}";
        file["validation"]!["zmq_topics"] = new JsonArray(Topic);
        file["validation"]!["influxdb_check"]!["timeout"] = 2;
        file["validation"]!["grafana_check"]!["enabled"] = false;
        change?.Invoke(file);
        var path = Path.Combine(folder, $"{Guid.NewGuid():N}.json");
        File.WriteAllText(path, file.ToJsonString());
        return new Validator(ConfigurationLoader.Load(path), TimeProvider.System).RunAsync(what, Window, Cancel);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
