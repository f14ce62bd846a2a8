using Microsoft.Extensions.Logging;
using Nbpy.Publishers.Live;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Betfair.Live;

/// <summary>The live feed that a Betfair publisher's configuration asks for.</summary>
public static class BetfairLiveFeeds
{
    /// <exception cref="ServiceStartException">An option is wrong.</exception>
    public static LiveSource Create(PublisherConfig config, TimeProvider time, ILogger logger, Func<string, string?>? environment = null)
    {
        var options = new BetfairLiveOptions(config, environment);
        return options.Orders ? new BetfairOrderSource(options, time, logger) : new BetfairLiveSource(options, time, logger);
    }
}
