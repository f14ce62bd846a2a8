using Microsoft.Extensions.Logging;
using Nbpy.Publishers.Betfair.Live;
using Nbpy.Publishers.Generic.Live;
using Nbpy.Publishers.Kraken.Live;
using Nbpy.Publishers.Oanda.Live;
using Nbpy.Publishers.Twitter.Live;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Live;

/// <summary>The live feed of each publisher class: one line a class.</summary>
public static class LiveFeeds
{
    /// <param name="config">The publisher.</param>
    /// <param name="time">Paces every wait.</param>
    /// <param name="logger">The publisher's.</param>
    /// <param name="stateFolder">Where a feed that goes on after a restart keeps how far it has come; null keeps nothing.</param>
    /// <exception cref="ServiceStartException">The class has no live feed, an option is wrong, or a credential is missing.</exception>
    public static LiveSource Create(PublisherConfig config, TimeProvider time, ILogger logger, string? stateFolder = null) => config.Class switch
    {
        KnownClasses.KrakenTick or KnownClasses.KrakenDepth or KnownClasses.KrakenOrders => KrakenLiveFeeds.Create(config, time, logger),
        KnownClasses.OandaTick or KnownClasses.OandaOrders => OandaLiveFeeds.Create(config, time, logger, stateFolder: stateFolder),
        KnownClasses.BetfairStream => BetfairLiveFeeds.Create(config, time, logger),
        KnownClasses.TwitterSentiment => new TwitterLiveSource(new TwitterLiveOptions(config), time, logger),
        KnownClasses.GenericWebSocket => new GenericWebSocketSource(config, time, logger),
        _ => throw new ServiceStartException(
            $"'{config.Name}' asks for live data, and {config.Class} has no live connector; use --source simulated or --source replay."),
    };

    /// <summary>True for a class that has a live feed.</summary>
    public static bool Exists(PublisherConfig config) => config.Class switch
    {
        KnownClasses.KrakenTick or KnownClasses.KrakenDepth or KnownClasses.KrakenOrders => true,
        KnownClasses.OandaTick or KnownClasses.OandaOrders => true,
        KnownClasses.BetfairStream or KnownClasses.TwitterSentiment or KnownClasses.GenericWebSocket => true,
        _ => false,
    };
}
