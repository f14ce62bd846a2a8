using Microsoft.Extensions.Logging;
using Nbpy.ServiceDefaults.Telemetry;

namespace Nbpy.ServiceDefaults;

/// <summary>How services log: one line an event, UTC, no colour (the host and its pages add what they need).</summary>
public static partial class ServiceLogging
{
    /// <summary>The factory of a service: the console, and OpenTelemetry where the environment names an endpoint.</summary>
    /// <param name="name">The service's name.</param>
    public static ILoggerFactory CreateFactory(string name) => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(LogLevel.Information);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddSimpleConsole(o =>
        {
            o.SingleLine = true;
            o.UseUtcTimestamp = true;
            o.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            o.ColorBehavior = Microsoft.Extensions.Logging.Console.LoggerColorBehavior.Disabled;
        });
        ServiceTelemetry.AddLogs(logging, name);
    });

    /// <summary>Sends what a program with logging of its own logs, where the environment names an endpoint.</summary>
    public static void AddTelemetry(ILoggingBuilder logging, string name) => ServiceTelemetry.AddLogs(logging, name);

    [LoggerMessage(1, LogLevel.Critical, "{Name} failed: {Reason}")]
    internal static partial void Failed(ILogger logger, string name, string reason, Exception exception);

    [LoggerMessage(2, LogLevel.Information, "Stopping: draining")]
    internal static partial void Stopping(ILogger logger);

    [LoggerMessage(3, LogLevel.Information, "Stopped: {Counters}")]
    internal static partial void Stopped(ILogger logger, string counters);
}
