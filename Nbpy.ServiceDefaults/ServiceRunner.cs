using Microsoft.Extensions.Logging;
using Nbpy.ServiceDefaults.Telemetry;

namespace Nbpy.ServiceDefaults;

/// <summary>Runs one service: a signal ends it, health is served while it runs, its counters are left behind when it ends.</summary>
internal static class ServiceRunner
{
    /// <summary>Runs <paramref name="service"/> until it is told to stop or ends by itself.</summary>
    public static async Task RunAsync(string name, IService service, ILogger logger, StopSignals signals)
    {
        signals.SayTo(logger);
        using var health = await HealthEndpoint.StartAsync(service).ConfigureAwait(false);
        using var telemetry = LateTelemetry.Start(name, service, TimeProvider.System);
        using var counters = CounterFile.Open(name, service, TimeProvider.System, logger);
        try
        {
            await service.RunAsync(signals.Token).ConfigureAwait(false);
        }
        finally
        {
            counters?.Write();
            ServiceLogging.Stopped(logger, string.Join(", ", service.Counters.Select(c => $"{c.Key} {c.Value}")));
        }
    }
}
