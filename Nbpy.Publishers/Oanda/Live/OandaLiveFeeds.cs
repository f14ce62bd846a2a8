using Microsoft.Extensions.Logging;
using Nbpy.Publishers.Live;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Oanda.Live;

/// <summary>Makes OANDA's live feeds from the configuration.</summary>
public static class OandaLiveFeeds
{
    /// <param name="config">One of the two OANDA classes.</param>
    /// <param name="time">Paces every wait.</param>
    /// <param name="logger">The publisher's.</param>
    /// <param name="environment">Looks a variable up; the process's environment when null.</param>
    /// <param name="stateFolder">Where a publisher keeps how far it has come; null keeps nothing.</param>
    /// <exception cref="ServiceStartException">An option is wrong, or a credential is missing.</exception>
    public static LiveSource Create(
        PublisherConfig config, TimeProvider time, ILogger logger, Func<string, string?>? environment = null, string? stateFolder = null)
    {
        var options = new OandaLiveOptions(config, environment);
        if (KnownClasses.MissingCredentials(config, environment) is { Count: > 0 } missing)
            throw new ServiceStartException($"{config.Name}: {string.Join(" and ", missing)} have to be set for live data of OANDA.");
        return config.Class == KnownClasses.OandaTick
            ? new OandaPricingSource(options, time, logger)
            : new OandaTransactionSource(options, time, logger, stateFolder);
    }
}
