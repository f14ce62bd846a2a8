using Microsoft.Extensions.Logging;
using Nbpy.Publishers.Kraken;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Live;

/// <summary>The live feed of each publisher class: one line a class.</summary>
public static class LiveFeeds
{
    /// <exception cref="ServiceStartException">The class has no live feed, an option is wrong, or a credential is missing.</exception>
    public static LiveSource Create(PublisherConfig config, TimeProvider time, ILogger logger) => config.Class switch
    {
        KnownClasses.KrakenTick or KnownClasses.KrakenDepth when config.Options.GetValueOrDefault("channel") == "rest" =>
            new KrakenRestSource(config, new LiveOptions(config, "https://api.kraken.com"), time, logger),
        KnownClasses.KrakenTick or KnownClasses.KrakenDepth or KnownClasses.KrakenOrders => new KrakenLiveSource(config, time, logger),
        _ => throw new ServiceStartException(
            $"'{config.Name}' asks for live data, and {config.Class} has no live connector; use --source simulated or --source replay."),
    };

    /// <summary>The credentials that a live feed of this publisher lacks, as names of environment variables; empty when it can run.</summary>
    public static IReadOnlyList<string> MissingCredentials(PublisherConfig config) => config.Class switch
    {
        KnownClasses.KrakenOrders when KrakenLiveSource.ChannelOf(config) == "executions" => Missing("KRAKEN_API_KEY", "KRAKEN_API_SECRET"),
        _ => [],
    };

    /// <summary>True for a class that has a live feed.</summary>
    public static bool Exists(PublisherConfig config) =>
        config.Class is KnownClasses.KrakenTick or KnownClasses.KrakenDepth or KnownClasses.KrakenOrders;

    private static IReadOnlyList<string> Missing(params string[] names) =>
        [.. names.Where(n => string.IsNullOrEmpty(Environment.GetEnvironmentVariable(n)) && string.IsNullOrEmpty(Environment.GetEnvironmentVariable(n + "_FILE")))];
}
