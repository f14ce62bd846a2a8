using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Nbpy.EndToEnd.Tests;

/// <summary>One topic published by two processes and stored by two: everything once.</summary>
[Collection(OneSystem.Name)]
public sealed class ShardTests
{
    [Fact]
    public async Task Each_shard_streams_its_own_instruments_and_every_message_is_stored_once()
    {
        await using var system = TestSystem.Create();
        var ports = TestSystem.FreePorts(4);
        var publishers = system.Config["publishers"]!.AsArray();
        var tick = publishers.Single(p => p!["name"]!.GetValue<string>() == "kraken_tick")!;
        tick["shards"] = new JsonArray(
            new JsonObject { ["port"] = ports[0], ["replay_port"] = ports[1], ["instruments"] = new JsonArray("BTC/USD") },
            new JsonObject { ["port"] = ports[2], ["replay_port"] = ports[3], ["instruments"] = new JsonArray("ETH/USD", "SOL/USD") });
        system.KeepOnly("kraken_tick");
        system.Start();
        await system.WaitForOutputAsync("INFLUXDB DATA INGESTION", TimeSpan.FromSeconds(120));
        Assert.Contains("✓ INFLUXDB DATA INGESTION SUCCESSFUL", system.Output, StringComparison.Ordinal);
        Assert.Contains("✓ kraken_tick (kraken_tick_1)", system.Output, StringComparison.Ordinal);
        Assert.Contains("✓ kraken_tick (kraken_tick_2)", system.Output, StringComparison.Ordinal);

        using var http = new HttpClient();
        var query = Uri.EscapeDataString("SELECT count(bid) FROM kraken_tick GROUP BY pair");
        var answer = JsonNode.Parse(await http.GetStringAsync($"http://localhost:{system.StorePort}/query?db=tick&q={query}", TestContext.Current.CancellationToken))!;
        Assert.Equal(["BTC/USD", "ETH/USD", "SOL/USD"], answer["results"]![0]!["series"]!.AsArray().Select(s => s!["tags"]!["pair"]!.GetValue<string>()));
        system.Signal(PosixSignal.SIGINT);
        Assert.Equal(0, await system.WaitForExitAsync(TimeSpan.FromSeconds(60)));
        Assert.Matches(@"Published ([\d,]+) messages, stored \1, spooled 0, rejected 0, lost 0\.", system.Output);
    }
}
