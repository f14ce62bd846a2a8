using Microsoft.Extensions.Logging;
using Nbpy.Publishers.Live;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Kraken.Live;

/// <summary>Makes Kraken's live feeds from the configuration.</summary>
public static class KrakenLiveFeeds
{
    /// <param name="config">One of the three Kraken classes.</param>
    /// <param name="time">Paces every wait.</param>
    /// <param name="logger">The publisher's.</param>
    /// <param name="environment">Looks a variable up; the process's environment when null.</param>
    /// <exception cref="ServiceStartException">An option is wrong, or a credential is missing.</exception>
    public static LiveSource Create(
        PublisherConfig config, TimeProvider time, ILogger logger, Func<string, string?>? environment = null)
    {
        var options = new KrakenLiveOptions(config, environment);
        if (KnownClasses.MissingCredentials(config, environment) is { Count: > 0 } missing)
            throw new ServiceStartException(
                $"{config.Name}: {string.Join(" and ", missing)} have to be set for the channel executions; options.channel 'trade' needs no key.");
        return options.Channel switch
        {
            "ticker" => new KrakenTickSource(options, time, logger),
            "book" => new KrakenDepthSource(options, time, logger),
            "trade" => new KrakenTradeSource(options, time, logger),
            "executions" => new KrakenExecutionsSource(options, time, logger),
            _ => new KrakenRestSource(options, config.Class == KnownClasses.KrakenDepth, time, logger),
        };
    }
}
