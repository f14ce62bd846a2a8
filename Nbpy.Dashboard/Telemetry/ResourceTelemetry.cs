namespace Nbpy.Dashboard.Telemetry;

/// <summary>What one sender has sent.</summary>
internal sealed class ResourceTelemetry(string name, TelemetryLimits limits)
{
    public string Name => name;

    public TelemetryAttribute[] Attributes { get; set; } = [];

    public Ring<LogEntry> Logs { get; } = new(limits.LogsPerResource, l => l.Size);

    public Ring<SpanEntry> Spans { get; } = new(limits.SpansPerResource, s => s.Size);

    public Dictionary<(string Meter, string Name), Instrument> Instruments { get; } = [];

    public int SeriesCount { get; set; }

    public long DroppedSeries { get; set; }

    public long Bytes => Logs.Bytes + Spans.Bytes;

    /// <summary>Lets the older of its oldest records go.</summary>
    public void DropOldest()
    {
        var log = Logs.Items.FirstOrDefault();
        var span = Spans.Items.FirstOrDefault();
        if (span is null || (log is not null && log.Time <= span.Start))
            Logs.DropOldest();
        else
            Spans.DropOldest();
    }

    internal sealed class Instrument(InstrumentInfo info)
    {
        public InstrumentInfo Info => info;

        public Dictionary<string, MetricSeries> Series { get; } = new(StringComparer.Ordinal);
    }
}

/// <summary>A sender, and how much of it is kept.</summary>
/// <param name="Name">Its service name.</param>
/// <param name="Attributes">Its resource attributes.</param>
/// <param name="Logs">Log records kept.</param>
/// <param name="Spans">Spans kept.</param>
/// <param name="Series">Series kept.</param>
/// <param name="DroppedLogs">Log records that had to go.</param>
/// <param name="DroppedSpans">Spans that had to go.</param>
/// <param name="DroppedSeries">Points of series that were too many.</param>
public sealed record TelemetrySender(
    string Name, IReadOnlyList<TelemetryAttribute> Attributes, int Logs, int Spans, int Series, long DroppedLogs, long DroppedSpans, long DroppedSeries);
