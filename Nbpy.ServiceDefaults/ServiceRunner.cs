using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Nbpy.ServiceDefaults.Telemetry;

namespace Nbpy.ServiceDefaults;

/// <summary>Runs one service: signals end it, health is served while it runs, its counters are left behind when it ends.</summary>
public static class ServiceRunner
{
    /// <summary>Runs <paramref name="service"/> until SIGTERM, SIGINT or its own end.</summary>
    public static async Task RunAsync(string name, IService service, ILogger logger)
    {
        using var stop = new CancellationTokenSource();
        using var term = OnSignal(PosixSignal.SIGTERM, stop, logger);
        using var interrupt = OnSignal(PosixSignal.SIGINT, stop, logger);
        var health = await HealthEndpoint.StartAsync(service).ConfigureAwait(false);
        await using (health.ConfigureAwait(false))
        {
            using var telemetry = LateTelemetry.Start(name, service, TimeProvider.System);
            using var counters = CounterFile.Open(name, service, TimeProvider.System, logger);
            try
            {
                await service.RunAsync(stop.Token).ConfigureAwait(false);
            }
            finally
            {
                counters?.Write();
                ServiceLogging.Stopped(logger, string.Join(", ", service.Counters.Select(c => $"{c.Key} {c.Value}")));
            }
        }
    }

    private static PosixSignalRegistration OnSignal(PosixSignal signal, CancellationTokenSource stop, ILogger logger) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            if (stop.IsCancellationRequested)
                return;
            ServiceLogging.Stopping(logger);
            stop.Cancel();
        });
}
