using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Nbpy.Publishers.Tests.Live.Oanda;

/// <summary>OANDA's v20 API on loopback: both streams over chunked HTTP/1.1 and the REST calls that the feeds make, over
/// Kestrel, optionally TLS. Token, account and instruments are checked as OANDA does; tests take the streams as they come
/// and speak for the venue.</summary>
internal sealed class OandaEmulator : IAsyncDisposable
{
    public const string Token = "test-token-0123456789abcdef";
    public const string Account = "101-004-0000001-001";

    private readonly WebApplication app;
    private readonly BlockingCollection<OandaPeer> accepted = [];
    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private readonly SortedDictionary<long, string> ledger = [];
    private readonly string scheme;
    private int attempts;

    private OandaEmulator(TestCertificate? certificate)
    {
        scheme = certificate is null ? "http" : "https";
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
        app.Run(HandleAsync);
    }

    public int Port { get; private set; }
    public string Url => $"{scheme}://127.0.0.1:{Port}";

    /// <summary>What the account can trade.</summary>
    public IReadOnlyList<string> Instruments { get; init; } = ["EUR_USD", "USD_JPY", "XAU_USD"];

    /// <summary>Answers of the next requests for a stream, instead of the stream.</summary>
    public ConcurrentQueue<OandaRefusal> RefuseStreams { get; } = new();

    /// <summary>Answers of the next REST calls, instead of what was asked for.</summary>
    public ConcurrentQueue<OandaRefusal> RefuseCalls { get; } = new();

    /// <summary>REST calls that came, path with query after the account.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>Transactions in one answer to sinceid.</summary>
    public int Page { get; set; } = 1000;

    /// <summary>Requests for a stream that came, also the refused.</summary>
    public int Attempts => Volatile.Read(ref attempts);

    public static async Task<OandaEmulator> StartAsync(TestCertificate? certificate = null)
    {
        var emulator = new OandaEmulator(certificate);
        await emulator.app.StartAsync();
        emulator.Port = new Uri(emulator.app.Urls.First()).Port;
        return emulator;
    }

    /// <summary>Notes transactions that sinceid knows.</summary>
    public void Record(params ReadOnlySpan<string> transactions)
    {
        foreach (var transaction in transactions)
        {
            using var document = JsonDocument.Parse(transaction);
            lock (gate)
                ledger[long.Parse(document.RootElement.GetProperty("id").GetString()!, CultureInfo.InvariantCulture)] = transaction;
        }
    }

    /// <summary>The next stream.</summary>
    public async Task<OandaPeer> AcceptAsync()
    {
        OandaPeer? peer = null;
        await Wait.UntilAsync(() => accepted.TryTake(out peer), () => "a stream");
        return peer!;
    }

    /// <summary>The next stream, with the clock moving until it comes.</summary>
    public async Task<OandaPeer> AcceptAsync(ManualClock clock, TimeSpan? step = null)
    {
        OandaPeer? peer = null;
        await clock.AdvanceUntilAsync(() => peer is not null || accepted.TryTake(out peer), "a stream", step);
        return peer!;
    }

    /// <summary>The next one, however long it takes; null when told to end.</summary>
    public async Task<OandaPeer?> TryAcceptAsync(CancellationToken end)
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
        var path = context.Request.Path.Value!;
        const string Accounts = "/v3/accounts/";
        if (context.Request.Method != "GET" || !path.StartsWith(Accounts, StringComparison.Ordinal))
        {
            await AnswerAsync(context, new OandaRefusal(405, ""));
            return;
        }

        var account = path[Accounts.Length..].Split('/')[0];
        var rest = path[(Accounts.Length + account.Length + 1)..];
        var isStream = rest.EndsWith("/stream", StringComparison.Ordinal);
        if (isStream)
            Interlocked.Increment(ref attempts);
        else
            Calls.Enqueue(rest + context.Request.QueryString);
        if ((isStream ? RefuseStreams : RefuseCalls).TryDequeue(out var refusal))
            await AnswerAsync(context, refusal);
        else if (context.Request.Headers.Authorization != $"Bearer {Token}")
            await AnswerAsync(context, OandaRefusal.Of(401, "Insufficient authorization to perform request."));
        else if (account != Account)
            await AnswerAsync(context, OandaRefusal.Of(403, "The provided request was forbidden."));
        else if (isStream)
            await StreamAsync(context, rest);
        else
            await CallAsync(context, rest);
    }

    private async Task StreamAsync(HttpContext context, string rest)
    {
        if (rest == "pricing/stream")
        {
            var asked = context.Request.Query["instruments"].ToString();
            if (asked.Length == 0 || asked.Split(',').Except(Instruments).Any())
            {
                await AnswerAsync(context, OandaRefusal.Of(
                    400, asked.Length == 0 ? "The request was missing required data" : "Invalid value specified for 'instruments'"));
                return;
            }
        }
        else if (rest != "transactions/stream")
        {
            await AnswerAsync(context, new OandaRefusal(404, ""));
            return;
        }

        context.Response.ContentType = "application/octet-stream";
        context.Response.Headers["RequestID"] = "42";
        await context.Response.StartAsync(stop.Token);
        await context.Response.Body.FlushAsync(stop.Token);
        var peer = new OandaPeer(context, stop.Token);
        accepted.Add(peer);
        await peer.Ended;
    }

    private async Task CallAsync(HttpContext context, string rest)
    {
        string answer;
        if (rest == "instruments")
            answer = $$"""{"instruments":[{{string.Join(',', Instruments.Select(i => $$"""{"name":"{{i}}","type":"CURRENCY"}"""))}}],"lastTransactionID":"{{Last}}"}""";
        else if (rest == "transactions/sinceid" && long.TryParse(context.Request.Query["id"], out var since))
            lock (gate)
                answer = $$"""{"transactions":[{{string.Join(',', ledger.Where(t => t.Key > since).Take(Page).Select(t => t.Value))}}],"lastTransactionID":"{{Last}}"}""";
        else
        {
            await AnswerAsync(context, new OandaRefusal(404, ""));
            return;
        }

        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(answer);
    }

    private long Last
    {
        get
        {
            lock (gate)
                return ledger.Count == 0 ? 0 : ledger.Keys.Max();
        }
    }

    private static Task AnswerAsync(HttpContext context, OandaRefusal refusal)
    {
        context.Response.StatusCode = refusal.Status;
        context.Response.Headers["RequestID"] = "42";
        if (refusal.RetryAfter is { } wait)
            context.Response.Headers.RetryAfter = wait;
        return context.Response.WriteAsync(refusal.Body);
    }
}

/// <param name="Status">The HTTP status.</param>
/// <param name="Body">As it is sent.</param>
/// <param name="RetryAfter">The header's value.</param>
internal sealed record OandaRefusal(int Status, string Body, string? RetryAfter = null)
{
    /// <summary>A refusal in OANDA's own form.</summary>
    public static OandaRefusal Of(int status, string message, string? retryAfter = null) =>
        new(status, JsonSerializer.Serialize(new { errorMessage = message }), retryAfter);
}
