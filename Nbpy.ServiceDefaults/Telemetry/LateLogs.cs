using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;

namespace Nbpy.ServiceDefaults.Telemetry;

/// <summary>Sends what is logged to the endpoint that the environment names, from <see cref="LateTelemetry.Delay"/> on (and at the end, where
/// that comes first): what came before is kept until then and sent with its own time. At most <see cref="Capacity"/> lines are kept;
/// those beyond are counted, and one line says how many.</summary>
internal sealed class LateLogs : ILoggerProvider
{
    /// <summary>Lines kept until sending begins.</summary>
    public const int Capacity = 1_000;

    [ThreadStatic]
    private static DateTime? keptSince;

    private readonly Lock gate = new();
    private readonly Action<OpenTelemetryLoggerOptions> configure;
    private readonly TimeProvider time;
    private readonly ITimer timer;
    private readonly ConcurrentDictionary<string, LateLogger> loggers = new(StringComparer.Ordinal);
    private readonly List<(DateTime At, string Category, Action<ILogger> Write)> kept = [];
    private ILoggerFactory? sender;
    private int lost;
    private bool ended;

    /// <param name="configure">Resource and exporter.</param>
    /// <param name="time">The clock.</param>
    public LateLogs(Action<OpenTelemetryLoggerOptions> configure, TimeProvider time)
    {
        this.configure = configure;
        this.time = time;
        timer = time.CreateTimer(_ => Begin(), null, LateTelemetry.Delay, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => loggers.GetOrAdd(categoryName, c => new LateLogger(this, c));

    /// <summary>Sends what is kept and what is on its way.</summary>
    public void Dispose()
    {
        timer.Dispose();
        Begin();
        lock (gate)
        {
            ended = true;
            sender?.Dispose();
        }
    }

    private void Begin()
    {
        lock (gate)
        {
            if (sender is not null || ended)
                return;
            sender = LoggerFactory.Create(logging =>
            {
                logging.SetMinimumLevel(LogLevel.Trace); // The service's own filters have been asked already.
                logging.AddOpenTelemetry(o =>
                {
                    o.AddProcessor(new OwnTime());
                    configure(o);
                });
            });
            foreach (var (at, category, write) in kept)
            {
                keptSince = at;
                write(sender.CreateLogger(category));
            }

            keptSince = null;
            kept.Clear();
            if (lost > 0)
                sender.CreateLogger("Nbpy.Telemetry").Log(LogLevel.Warning, default, lost, null, static (n, _) => $"{n} lines that were logged in the first seconds were not sent here; the service's own log has them.");
        }
    }

    private void Log(string category, Action<ILogger> write)
    {
        if (Volatile.Read(ref sender) is { } open)
        {
            write(open.CreateLogger(category));
            return;
        }

        lock (gate)
        {
            if (ended)
                return;
            if (sender is not null)
                write(sender.CreateLogger(category));
            else if (kept.Count < Capacity)
                kept.Add((time.GetUtcNow().UtcDateTime, category, write));
            else
                lost++;
        }
    }

    private sealed class LateLogger(LateLogs logs, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            logs.Log(category, to => to.Log(logLevel, eventId, state, exception, formatter));
    }

    /// <summary>Gives a line that was kept the time at which it was logged.</summary>
    private sealed class OwnTime : BaseProcessor<LogRecord>
    {
        public override void OnEnd(LogRecord data)
        {
            if (keptSince is { } at)
                data.Timestamp = at;
        }
    }
}
