using System.Diagnostics;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Trace;

namespace Nbpy.ServiceDefaults.Telemetry;

/// <summary>Telemetry of a program that runs once: when it has done its work, one log record that says how it ended, and one span from its start to
/// its end. Only then is anything of OpenTelemetry loaded: the work waits for none of it.</summary>
public static partial class JobTelemetry
{
    /// <summary>Runs a job's work and sends how it went, where the environment names an endpoint.</summary>
    /// <param name="name">The job's name, where the host gives none.</param>
    /// <param name="what">What it does, in a few words.</param>
    /// <param name="work">The work; its exit code.</param>
    public static async Task<int> RunAsync(string name, string what, Func<Task<int>> work)
    {
        if (!ServiceTelemetry.IsWanted)
            return await work().ConfigureAwait(false);
        var started = TimeProvider.System.GetUtcNow();
        var exitCode = await work().ConfigureAwait(false);
        Send(name, what, started, exitCode);
        return exitCode;
    }

    private static void Send(string name, string what, DateTimeOffset started, int exitCode)
    {
        using var source = new ActivitySource(InstrumentTable.Meter);
        using var traces = ServiceTelemetry.Traces(name);
        using var loggers = LoggerFactory.Create(logging => ServiceTelemetry.AddLogs(logging, name));
        using (var span = source.StartActivity(what, ActivityKind.Internal, default(ActivityContext), startTime: started))
        {
            span?.SetTag("process.exit.code", exitCode);
            if (exitCode != 0)
                span?.SetStatus(ActivityStatusCode.Error, $"exit code {exitCode}");
            LogEnd(loggers.CreateLogger(name), exitCode == 0 ? LogLevel.Information : LogLevel.Error, what, exitCode, (TimeProvider.System.GetUtcNow() - started).TotalMilliseconds);
        }

        traces.Shutdown(ServiceTelemetry.LastExportMs);
    }

    [LoggerMessage(EventId = 20, Message = "{What} ended with exit code {ExitCode} after {Milliseconds:0} ms")]
    private static partial void LogEnd(ILogger logger, LogLevel level, string what, int exitCode, double milliseconds);
}
