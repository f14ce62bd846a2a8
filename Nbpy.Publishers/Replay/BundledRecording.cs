using Nbpy.Publishers.Betfair.Live;
using Nbpy.Publishers.Twitter.Live;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Replay;

/// <summary>The recording that comes with NBPY for a publisher class (none where the file is null), and how to decode it. Origins and licences are in
/// <c>Replay/feeds</c>: <c>LICENSES.txt</c> and a <c>SOURCES.md</c> per venue.</summary>
internal sealed record BundledRecording(string? File, TimeSpan MaxGap, Func<ReplayOptions, IReplayDecoder> CreateDecoder)
{
    private static readonly TimeSpan Market = TimeSpan.FromSeconds(2);

    // Orders and posts are rare in the recordings; a shorter bound keeps them at about a message a second.
    private static readonly TimeSpan Rare = TimeSpan.FromSeconds(1);

    /// <summary>Absolute path, beside the program; null where there is none.</summary>
    public string? Path => File is null ? null : System.IO.Path.Combine(AppContext.BaseDirectory, "Replay", "feeds", File);

    /// <exception cref="ReplayException">The class has no replay.</exception>
    public static BundledRecording For(PublisherConfig config) => config.Class switch
    {
        KnownClasses.KrakenTick => new("kraken/ws_v1_ticker_recording.txt", Market,
            options => new KrakenReplayDecoder(KrakenReplayTopic.Tick, options.Depth)),
        KnownClasses.KrakenDepth => new("kraken/book_v2_btcusd_d10.wire.jsonl", Market,
            options => new KrakenReplayDecoder(KrakenReplayTopic.Depth, options.Depth)),
        KnownClasses.KrakenOrders => new("kraken/session_private_composed.jsonl", Rare,
            options => new KrakenReplayDecoder(KrakenReplayTopic.Orders, options.Depth)),
        KnownClasses.OandaTick => new("oanda/pricing_stream_composed.jsonl", Market, _ => new OandaTickReplayDecoder()),
        KnownClasses.OandaOrders => new("oanda/transactions_stream_composed.jsonl", Rare, _ => new OandaOrdersReplayDecoder()),
        KnownClasses.BetfairStream when BetfairLiveOptions.WantsOrders(config) => new(null, Rare, _ => new BetfairOrderReplayDecoder()),
        KnownClasses.BetfairStream => new("betfair/1.197931750.jsonl", Market, _ => new BetfairReplayDecoder(BetfairLiveOptions.OffersOf(config))),
        KnownClasses.TwitterSentiment => new("twitter/filtered_stream_composed.raw.txt", Rare, _ => new TwitterReplayDecoder(TwitterLiveOptions.RulesOf(config))),
        KnownClasses.GenericWebSocket when config.WebSocketFeed is { } feed => new(null, Market, _ => new GenericReplayDecoder(feed)),
        _ => throw new ReplayException($"There is no replay for the class {config.Class}."),
    };
}
