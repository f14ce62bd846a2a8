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

    /// <summary>Memory of its instruments and series, about.</summary>
    public long MetricBytes => Instruments.Values.Sum(i => i.Size + i.Series.Values.Sum(s => s.Bytes));

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

        /// <summary>Its own memory, about, without its series.</summary>
        public int Size { get; } = 200 + TelemetryText.Size(info.Meter) + TelemetryText.Size(info.Name) + TelemetryText.Size(info.Unit) + TelemetryText.Size(info.Description);

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
/// <param name="DroppedSeries">Points that were not kept: of series that were too many, or for want of room.</param>
public sealed record TelemetrySender(
    string Name, IReadOnlyList<TelemetryAttribute> Attributes, int Logs, int Spans, int Series, long DroppedLogs, long DroppedSpans, long DroppedSeries);
