using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Nbpy.EndToEnd.Tests;

/// <summary>A topic of the user's own, by configuration alone: from a WebSocket of JSON into the store.</summary>
[Collection(OneSystem.Name)]
public sealed class OwnTopicTests
{
    private const string Options = """
        { "subscribe": [ { "op": "subscribe", "symbols": "{instruments}" } ], "where": { "type": "trade" }, "items": "data",
          "tags": { "symbol": "s" }, "fields": { "price": "p", "size": "q" }, "timestamp": { "path": "T", "unit": "ms" } }
        """;

    [Fact]
    public async Task A_websocket_mapped_by_configuration_streams_and_is_stored()
    {
        await using var venue = await StartVenueAsync();
        await using var system = TestSystem.Create();
        var options = JsonNode.Parse(Options)!;
        options["url"] = $"ws://127.0.0.1:{new Uri(venue.Urls.First()).Port}/stream";
        system.UseOnly(
            new JsonObject
            {
                ["name"] = "my_trades", ["class"] = "GenericWebSocketPublisher", ["topic"] = "my_trades", ["instruments"] = new JsonArray("A/B", "C/D"), ["options"] = options,
            },
            "symbol", "source");
        system.Start();
        await system.WaitForOutputAsync("INFLUXDB DATA INGESTION", TimeSpan.FromSeconds(120));
        Assert.Contains("✓ INFLUXDB DATA INGESTION SUCCESSFUL", system.Output, StringComparison.Ordinal);

        using var http = new HttpClient();
        var query = Uri.EscapeDataString("SELECT count(price), max(size) FROM my_trades GROUP BY symbol, source");
        var answer = JsonNode.Parse(await http.GetStringAsync($"http://localhost:{system.StorePort}/query?db=tick&q={query}", TestContext.Current.CancellationToken))!;
        var series = answer["results"]![0]!["series"]!.AsArray();
        Assert.Equal(["A/B live", "C/D live"], series.Select(s => $"{s!["tags"]!["symbol"]} {s["tags"]!["source"]}"));
        Assert.All(series, s => Assert.True(s!["values"]![0]![1]!.GetValue<int>() > 0 && s["values"]![0]![2]!.GetValue<double>() == 0.5, s.ToJsonString()));
    }

    private static async Task<WebApplication> StartVenueAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddLogging();
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(TradeAsync);
        await app.StartAsync();
        return app;
    }

    // Trades of what was asked for, ten a second, until the client goes.
    private static async Task TradeAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[4096];
        var request = await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted);
        var symbols = JsonNode.Parse(Encoding.UTF8.GetString(buffer, 0, request.Count))!["symbols"]!.AsArray().Select(s => s!.GetValue<string>()).ToList();
        try
        {
            for (var i = 0; ; i++)
            {
                var time = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
                var data = string.Join(',', symbols.Select(s => $$"""{"s":"{{s}}","p":"{{i}}.25","q":0.5,"T":{{time}}}"""));
                await socket.SendAsync(Encoding.UTF8.GetBytes($$"""{"type":"trade","data":[{{data}}]}""").AsMemory(), WebSocketMessageType.Text, true, context.RequestAborted);
                await Task.Delay(100, context.RequestAborted);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or IOException)
        {
            // The client has gone.
        }
    }
}
