using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Nbpy.Grafana.Tests;

/// <summary>Answers every query with one row of kraken_tick, and remembers what it was asked.</summary>
internal sealed class FakeInflux : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeInflux(WebApplication app) => _app = app;

    public ConcurrentQueue<string> Queries { get; } = new();
    public ConcurrentQueue<string> Authorizations { get; } = new();
    public string? Error { get; set; }

    /// <summary>How long it thinks.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Answers so many zeros instead.</summary>
    public int Bytes { get; set; }
    public int Port => new Uri(_app.Urls.First()).Port;

    public static async Task<FakeInflux> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var fake = new FakeInflux(app);
        app.MapGet("/ping", (HttpResponse response) =>
        {
            response.Headers["X-Influxdb-Version"] = "1.8.10";
            return Results.NoContent();
        });
        app.MapPost("/query", async (HttpRequest request) =>
        {
            fake.Queries.Enqueue((await request.ReadFormAsync())["q"].ToString());
            fake.Authorizations.Enqueue(request.Headers.Authorization.ToString());
            if (fake.Delay > TimeSpan.Zero)
                await Task.Delay(fake.Delay, request.HttpContext.RequestAborted);
            if (fake.Bytes > 0)
                return Results.Bytes(new byte[fake.Bytes], "application/json");
            return Results.Content(
                fake.Error is { } error
                    ? $$"""{"results":[{"statement_id":0,"error":"{{error}}"}]}"""
                    : """{"results":[{"statement_id":0,"series":[{"name":"kraken_tick","tags":{"pair":"XBT/USD","source":"simulated"},"columns":["time","bid","ask"],"values":[[1700000000000,1.5,1.6]]}]}]}""",
                "application/json");
        });
        await app.StartAsync();
        return fake;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
