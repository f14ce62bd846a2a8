using Microsoft.Extensions.Logging;

namespace Nbpy.ServiceDefaults.Telemetry;

/// <summary>Telemetry of a program that has a host of its own (a web server) instead of <see cref="ServiceProgram"/>: what services send, as late
/// and as often as they do, and nothing where the environment names no endpoint.</summary>
public sealed class ProgramTelemetry : IDisposable
{
    private readonly LateTelemetry? telemetry;
    private readonly Lazy<ILoggerFactory> loggers;

    private ProgramTelemetry(string name, Func<IReadOnlyDictionary<string, long>> counters)
    {
        loggers = new Lazy<ILoggerFactory>(() => LoggerFactory.Create(logging => ServiceTelemetry.AddLogs(logging, name)));
        telemetry = LateTelemetry.Start(name, new CountersOnly(counters), TimeProvider.System);
    }

    /// <summary>What is logged here is sent, and printed nowhere. Made when it is first asked for: a web server has loggers of its own.</summary>
    public ILoggerFactory Loggers => loggers.Value;

    /// <summary>Starts; end it before the process ends, so that the last is sent.</summary>
    /// <param name="name">The service's name, where the host gives none.</param>
    /// <param name="counters">Named counters since the start; cheap, any thread.</param>
    public static ProgramTelemetry Start(string name, Func<IReadOnlyDictionary<string, long>> counters) => new(name, counters);

    /// <summary>Sends the last and ends.</summary>
    public void Dispose()
    {
        telemetry?.Dispose();
        if (loggers.IsValueCreated)
            Loggers.Dispose();
    }

    private sealed class CountersOnly(Func<IReadOnlyDictionary<string, long>> counters) : IService
    {
        public ServiceHealth Health { get; } = new(true, "running");

        public IReadOnlyDictionary<string, long> Counters => counters();

        public Task RunAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
