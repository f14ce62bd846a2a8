using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nbpy.Messaging;
using Nbpy.Publishers.Live;
using Nbpy.Publishers.Simulation;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Kraken;

/// <summary>Ticker or depth by polling Kraken's REST API (<c>options.channel: "rest"</c>): for networks that let no WebSocket through. One
/// call a second, in turn over the symbols.</summary>
internal sealed class KrakenRestSource : LiveSource
{
    private readonly PublisherConfig config;
    private readonly LiveOptions options;
    private readonly string[] symbols;
    private readonly int depth;

    public KrakenRestSource(PublisherConfig config, LiveOptions options, TimeProvider time, ILogger logger)
        : base(options, time, logger)
    {
        this.config = config;
        this.options = options;
        symbols = [.. options.Instruments.Count > 0 ? options.Instruments : Instrument.Kraken.Select(i => i.Name)];
        depth = (int)options.NumberOf("depth", 10);
    }

    /// <inheritdoc/>
    protected override async Task RunSessionAsync(CancellationToken cancellationToken)
    {
        using var rest = new KrakenRest(options, Time);
        Connected();
        Status.Enter(FeedPhase.Subscribed, $"polling {string.Join(", ", symbols)}");
        for (var i = 0; ; i = (i + 1) % symbols.Length)
        {
            if (config.Class == KnownClasses.KrakenDepth)
                await DepthAsync(rest, symbols[i], cancellationToken).ConfigureAwait(false);
            else
                await TickerAsync(rest, symbols[i], cancellationToken).ConfigureAwait(false);
            await Task.Delay(options.Scale(TimeSpan.FromSeconds(1)), Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>REST has the old names of two currencies.</summary>
    private static string Pair(string symbol) =>
        Uri.EscapeDataString(symbol.Replace("BTC", "XBT", StringComparison.Ordinal).Replace("DOGE", "XDG", StringComparison.Ordinal).Replace("/", "", StringComparison.Ordinal));

    private static decimal Number(JsonElement element) => element.ValueKind == JsonValueKind.String
        ? decimal.Parse(element.GetString()!, NumberStyles.Float, CultureInfo.InvariantCulture)
        : element.GetDecimal();

    private async Task TickerAsync(KrakenRest rest, string symbol, CancellationToken cancellationToken)
    {
        var entry = await rest.FirstResultAsync($"/0/public/Ticker?pair={Pair(symbol)}", cancellationToken).ConfigureAwait(false);
        var ticker = new KrakenTicker(
            symbol, Number(entry.GetProperty("b")[0]), Number(entry.GetProperty("a")[0]), Number(entry.GetProperty("c")[0]),
            Number(entry.GetProperty("v")[1]), Number(entry.GetProperty("p")[1]), null);
        EmitNewest(symbol, KrakenMessages.ToMessage(ticker, UnixTime.NowNs(Time)));
    }

    private async Task DepthAsync(KrakenRest rest, string symbol, CancellationToken cancellationToken)
    {
        var entry = await rest.FirstResultAsync($"/0/public/Depth?pair={Pair(symbol)}&count={depth}", cancellationToken).ConfigureAwait(false);
        var (bids, asks) = (entry.GetProperty("bids"), entry.GetProperty("asks"));
        var now = UnixTime.NowNs(Time);
        for (var i = 0; i < Math.Min(KrakenChecksum.Levels, Math.Min(bids.GetArrayLength(), asks.GetArrayLength())); i++)
            await EmitAsync(
                KrakenMessages.ToMessage(symbol, new KrakenDepthLevel(i + 1, Number(bids[i][0]), Number(bids[i][1]), Number(asks[i][0]), Number(asks[i][1])), now),
                cancellationToken).ConfigureAwait(false);
    }
}
