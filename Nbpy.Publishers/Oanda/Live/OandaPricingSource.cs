using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Oanda.Live;

/// <summary>oanda_tick, live, from the pricing stream. One stream carries every instrument. Only the newest price of an
/// instrument counts: what repeats or is older than what was published is dropped and counted. The price of a halted
/// instrument is no quote and is not published; the feed's reason names it.</summary>
public sealed partial class OandaPricingSource(OandaLiveOptions options, TimeProvider time, ILogger logger)
    : OandaStreamSource(options, time, logger)
{
    private readonly ILogger logger = logger;
    private readonly OandaPricingDecoder decoder = new();
    private readonly Dictionary<string, OandaPrice> published = new(StringComparer.Ordinal);
    private readonly HashSet<string> wanted = new(StringComparer.Ordinal);
    private readonly SortedSet<string> halted = new(StringComparer.Ordinal);
    private readonly SortedSet<string> refused = new(StringComparer.Ordinal);
    private string reason = "";

    /// <inheritdoc/>
    private protected override async Task<HttpLineStream> OpenAsync(CancellationToken cancellationToken)
    {
        halted.Clear();
        refused.Clear();
        wanted.Clear();
        wanted.UnionWith(Options.Instruments);
        try
        {
            return await OpenWantedAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OandaErrorException e) when (e.Status == 400)
        {
            // One name that the account does not know spoils the request for all: the others go on without it.
            await DropUnknownAsync(cancellationToken).ConfigureAwait(false);
            if (refused.Count == 0 || wanted.Count == 0)
                throw;
            foreach (var instrument in refused)
                LogRefused(logger, Options.Common.Name, instrument);
            return await OpenWantedAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Status.Set(FeedCounters.RefusedSubscriptions, refused.Count);
            Explain();
        }
    }

    /// <inheritdoc/>
    private protected override ValueTask OnLineAsync(ReadOnlyMemory<byte> line, CancellationToken cancellationToken)
    {
        Record(line.Span);
        var kind = decoder.Decode(line);
        if (kind == OandaLineKind.Price)
            OnPrice(decoder.Price);
        else if (kind == OandaLineKind.Heartbeat)
            ObserveClock(decoder.HeartbeatNs!.Value);
        else
            CountUnusable(kind, decoder.LastError);
        return ValueTask.CompletedTask;
    }

    private void OnPrice(in OandaPrice price)
    {
        if (!wanted.Contains(price.Instrument))
        {
            Status.Count(FeedCounters.Unknown);
            return;
        }

        if (price.Tradeable ? halted.Remove(price.Instrument) : halted.Add(price.Instrument))
        {
            Status.Set("halted_instruments", halted.Count);
            Explain();
        }

        DataFlowed(reason);
        if (OandaMessages.ToMessage(price) is not { } message)
        {
            Status.Count("unpublished_prices");
            return;
        }

        // The first prices of a new connection repeat what was published when nothing has changed since.
        if (published.TryGetValue(price.Instrument, out var before) && (price == before || price.TimestampNs < before.TimestampNs))
        {
            Status.Count(FeedCounters.Repeated);
            return;
        }

        published[price.Instrument] = price;
        EmitNewest(price.Instrument, message);
    }

    private Task<HttpLineStream> OpenWantedAsync(CancellationToken cancellationToken)
    {
        var names = string.Join(',', Options.Instruments.Where(wanted.Contains));
        return Http.OpenStreamAsync($"pricing/stream?instruments={Uri.EscapeDataString(names)}&snapshot=true", cancellationToken);
    }

    // {"instruments":[{"name":"EUR_USD",…},…],"lastTransactionID":"6399"}
    private async Task DropUnknownAsync(CancellationToken cancellationToken)
    {
        var answer = await Http.GetAsync("instruments", cancellationToken).ConfigureAwait(false);
        if (answer.ValueKind != JsonValueKind.Object || !answer.TryGetProperty("instruments", out var list) || list.ValueKind != JsonValueKind.Array)
            return;
        var known = list.EnumerateArray().Select(i => OandaJson.Text(i, "name")).ToHashSet(StringComparer.Ordinal);
        refused.UnionWith(wanted.Where(name => !known.Contains(name)));
        wanted.ExceptWith(refused);
    }

    private void Explain() => reason = "data flow"
        + (refused.Count == 0 ? "" : $"; the account has no {string.Join(", ", refused)}")
        + (halted.Count == 0 ? "" : halted.Count == wanted.Count ? "; every instrument is halted (a closed market?)" : $"; halted: {string.Join(", ", halted)}");

    [LoggerMessage(131, LogLevel.Warning, "{Name}: the account has no instrument {Instrument}; the others go on without it")]
    private static partial void LogRefused(ILogger logger, string name, string instrument);
}
