using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nbpy.Publishers.Live;
using Nbpy.ServiceDefaults;

namespace Nbpy.Publishers.Kraken.Live;

/// <summary>kraken_orders, live, from the private channel <c>executions</c>. Fills are published once, by execution id; a
/// snapshot publishes only what is not known yet; a gap in the sequence leads to a new subscription and so to a new snapshot;
/// orders that a snapshot no longer has are looked up by REST.</summary>
public sealed partial class KrakenExecutionsSource : KrakenStreamSource, IDisposable
{
    // A token is good for 900 s; a subscription that stands needs it no longer.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(60);

    private readonly ILogger logger;
    private readonly KrakenRest rest;
    private readonly KrakenSigner signer;
    private string? token;
    private TimeSpan tokenEnds;
    private bool tokenRefused;
    private long gaps;

    /// <exception cref="ServiceStartException">The secret is not base64.</exception>
    public KrakenExecutionsSource(KrakenLiveOptions options, TimeProvider time, ILogger logger)
        : base(options, [""], awaitsData: true, time, logger)
    {
        this.logger = logger;
        rest = new KrakenRest(options, time);
        try
        {
            signer = new KrakenSigner(options.ApiKey!, options.ApiSecret!);
        }
        catch (FormatException e)
        {
            throw new ServiceStartException($"{options.Common.Name}: KRAKEN_API_SECRET: {e.Message}");
        }
    }

    /// <inheritdoc/>
    protected override ReadOnlySpan<string?> Secrets => new[] { token, Options.ApiKey, Options.ApiSecret };

    /// <inheritdoc/>
    public void Dispose() => rest.Dispose();

    /// <inheritdoc/>
    // A token for every connection: the last one may have run out, or have been used up by the last connection.
    protected override async Task AuthenticateAsync(CancellationToken cancellationToken)
    {
        Status.Enter(FeedPhase.Authenticating, "asking for a WebSocket token");
        tokenRefused = false;
        await RenewAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override async Task BeforeRequestAsync(KrakenRequest request, CancellationToken cancellationToken)
    {
        if (request.Subscribe)
            Decoder.BeginExecutions();
        if (token is null || Now >= tokenEnds)
            await RenewAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void WriteParameters(Utf8JsonWriter json, bool subscribe)
    {
        json.WriteString("token", token);
        if (!subscribe)
            return;
        // Kraken's page contradicts itself on the defaults: both are said.
        json.WriteBoolean("snap_orders", true);
        json.WriteBoolean("snap_trades", true);
    }

    /// <inheritdoc/>
    protected override bool OnRefused(KrakenReply reply)
    {
        if (reply.Error is not { } error || !(error.StartsWith("ESession:", StringComparison.Ordinal)
            || error.StartsWith("EAPI:Invalid token", StringComparison.Ordinal)))
            return false;
        if (tokenRefused)
            throw new LiveRefusedException("Kraken refuses a fresh token: has the key the permission 'WebSocket interface'?");
        // Once in a connection: with a fresh one.
        tokenRefused = true;
        token = null;
        Subscriptions.BeginConnection(Now);
        Wake();
        return true;
    }

    /// <inheritdoc/>
    protected override async ValueTask OnDataAsync(KrakenFrameKind kind, long receivedNs, CancellationToken cancellationToken)
    {
        if (kind != KrakenFrameKind.Executions)
        {
            Status.Count(FeedCounters.Unknown);
            return;
        }

        Status.Set(FeedCounters.Repeated, Decoder.Counters.DuplicateExecutions);
        var snapshot = Decoder.LastWasSnapshot;
        if (Decoder.Counters.SequenceGaps > gaps)
        {
            gaps = Decoder.Counters.SequenceGaps;
            Resynchronise("", "events are missing (a gap in the sequence)");
        }
        else
        {
            Subscriptions.OnData("");
            ShowLive();
            if (!snapshot)
                Subscriptions.OnProven("");
        }

        foreach (var order in Decoder.Orders)
        {
            if (!order.IsNews)
                continue;
            if (order.FromSnapshot && Decoder.ExecutionsKnown)
                Status.Count(FeedCounters.Backfilled);
            await EmitOrderAsync(order, receivedNs, cancellationToken).ConfigureAwait(false);
        }

        // A snapshot in several frames is looked at after each: an order that a later one has is asked for and found open.
        if (snapshot && Decoder.ExecutionsKnown)
            await LookUpVanishedAsync(receivedNs, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    // A lost event shows in the sequence when the next one comes, which may be long.
    protected override void OnMalformed(ReadOnlySpan<byte> frame)
    {
        if (KrakenBrokenFrame.Read(frame).MayBe(Options.Channel))
            Resynchronise("", "a message cannot be decoded");
    }

    // A gap shows as a feed in trouble: publishing what did come must not make it look whole.
    private async ValueTask EmitOrderAsync(KrakenOrderEvent order, long receivedNs, CancellationToken cancellationToken) =>
        await EmitKeepingPhaseAsync(KrakenMessages.ToMessage(order, receivedNs), cancellationToken).ConfigureAwait(false);

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        // {"token":"…","expires":900}
        var result = await rest.PostAsync("/0/private/GetWebSocketsToken", "", signer, cancellationToken).ConfigureAwait(false);
        token = result.ValueKind == JsonValueKind.Object && result.TryGetProperty("token", out var t) && t.ValueKind == JsonValueKind.String
            ? t.GetString() : null;
        if (string.IsNullOrEmpty(token))
            throw new LiveException($"{Options.RestUrl.Host} answered without a token");
        Options.Common.Secrets.Add(token);
        var seconds = Lifetime(result);
        tokenEnds = Now + Options.Common.Scale(TimeSpan.FromSeconds(seconds) - Margin);
        LogToken(logger, Options.Common.Name, seconds);
    }

    // Seconds; what says nothing is taken for the documented 900.
    private static int Lifetime(JsonElement result)
    {
        var seconds = result.TryGetProperty("expires", out var e) && e.ValueKind is JsonValueKind.Number or JsonValueKind.String
            && decimal.TryParse(e.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : 0;
        return seconds is > 0 and <= 86_400 ? (int)seconds : 900;
    }

    [LoggerMessage(123, LogLevel.Debug, "{Name}: a new WebSocket token, good for {Seconds} s")]
    private static partial void LogToken(ILogger logger, string name, int seconds);
}
