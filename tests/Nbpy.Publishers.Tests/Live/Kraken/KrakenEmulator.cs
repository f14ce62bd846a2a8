using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Nbpy.Publishers.Tests.Live.Kraken;

/// <summary>Kraken on loopback: WebSocket v2 at /v2 and the REST calls that the feeds make, over Kestrel, optionally TLS.
/// Tests take its connections as they come and speak for the venue.</summary>
internal sealed class KrakenEmulator : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly BlockingCollection<KrakenPeer> accepted = [];
    private readonly CancellationTokenSource stop = new();
    private readonly string scheme;

    private KrakenEmulator(TestCertificate? certificate)
    {
        scheme = certificate is null ? "" : "s";
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null)
                listen.UseHttps(certificate.Server);
        }));
        if (certificate is not null)
            builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Services.AddLogging();
        app = builder.Build();
        app.UseWebSockets();
        app.Run(HandleAsync);
    }

    public int Port { get; private set; }
    public string Url => $"ws{scheme}://127.0.0.1:{Port}/v2";
    public string RestUrl => $"http{scheme}://127.0.0.1:{Port}";

    /// <summary>HTTP statuses with which the next upgrades are answered instead of 101.</summary>
    public ConcurrentQueue<int> RefuseUpgrades { get; } = new();

    /// <summary>Answers REST calls: path with query, body, headers; null is 404.</summary>
    public Func<string, string, IHeaderDictionary, string?>? Rest { get; set; }

    /// <summary>The time in the header Date of REST answers; null leaves it to Kestrel.</summary>
    public Func<DateTimeOffset>? Date { get; set; }

    /// <summary>REST calls that came, path with query.</summary>
    public ConcurrentQueue<string> RestCalls { get; } = new();

    /// <summary>Upgrades asked for, also the refused.</summary>
    public int Attempts { get; private set; }

    public static async Task<KrakenEmulator> StartAsync(TestCertificate? certificate = null)
    {
        var emulator = new KrakenEmulator(certificate);
        await emulator.app.StartAsync();
        emulator.Port = new Uri(emulator.app.Urls.First()).Port;
        return emulator;
    }

    /// <summary>The next connection.</summary>
    public async Task<KrakenPeer> AcceptAsync()
    {
        KrakenPeer? peer = null;
        await Wait.UntilAsync(() => accepted.TryTake(out peer), () => "a connection");
        return peer!;
    }

    /// <summary>The next connection, with the clock moving until it comes.</summary>
    public async Task<KrakenPeer> AcceptAsync(ManualClock clock)
    {
        KrakenPeer? peer = null;
        await clock.AdvanceUntilAsync(() => peer is not null || accepted.TryTake(out peer), "a connection");
        return peer!;
    }

    /// <summary>The next one, however long it takes; null when told to end.</summary>
    public async Task<KrakenPeer?> TryAcceptAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            if (accepted.TryTake(out var peer))
                return peer;
            await Task.Delay(5, CancellationToken.None);
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await app.StopAsync(limit.Token);
        await app.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            await AnswerAsync(context);
            return;
        }

        Attempts++;
        if (RefuseUpgrades.TryDequeue(out var status))
        {
            context.Response.StatusCode = status;
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var peer = new KrakenPeer(socket, context, stop.Token);
        accepted.Add(peer);
        await peer.Ended;
        await peer.Closing;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path + context.Request.QueryString;
        RestCalls.Enqueue(path);
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        if (Rest?.Invoke(path, body, context.Request.Headers) is not { } answer)
        {
            context.Response.StatusCode = 404;
            return;
        }

        if (Date is not null)
            context.Response.Headers.Date = Date().ToString("r", System.Globalization.CultureInfo.InvariantCulture);
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(answer);
    }
}
