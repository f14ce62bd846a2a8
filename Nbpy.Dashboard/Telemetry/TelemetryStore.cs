using OpenTelemetry.Proto.Resource.V1;

namespace Nbpy.Dashboard.Telemetry;

/// <summary>The telemetry of every sender, in memory and bounded (<see cref="TelemetryLimits"/>): at a bound the oldest goes and is
/// counted. Thread-safe; readers get copies.</summary>
public sealed partial class TelemetryStore
{
    private const int SenderText = 512;
    private readonly Lock gate = new();
    private readonly Dictionary<string, ResourceTelemetry> resources = new(StringComparer.OrdinalIgnoreCase);
    private readonly TelemetryLimits limits;
    private readonly TimeProvider time;
    private readonly TelemetryText text;
    private long nextLogId;
    private int seriesCount;
    private long metricBytes;
    private bool isMetricsFull;
    private long logsVersion;
    private long spansVersion;
    private long metricsVersion;
    private long refused;

    /// <param name="limits">The bounds.</param>
    /// <param name="time">Stamps what comes without a time.</param>
    public TelemetryStore(TelemetryLimits limits, TimeProvider time)
    {
        this.limits = limits;
        this.time = time;
        text = new TelemetryText(limits);
    }

    /// <summary>Rises with every change of the logs.</summary>
    public long LogsVersion => Interlocked.Read(ref logsVersion);

    /// <summary>Rises with every change of the spans.</summary>
    public long SpansVersion => Interlocked.Read(ref spansVersion);

    /// <summary>Rises with every change of the metrics.</summary>
    public long MetricsVersion => Interlocked.Read(ref metricsVersion);

    /// <summary>Records of senders that were too many (<see cref="TelemetryLimits.Resources"/>).</summary>
    public long Refused => Interlocked.Read(ref refused);

    /// <summary>Bytes of logs and spans kept, about.</summary>
    public long Bytes
    {
        get
        {
            lock (gate)
                return resources.Values.Sum(r => r.Bytes);
        }
    }

    /// <summary>Bytes of metrics kept, about.</summary>
    public long MetricBytes
    {
        get
        {
            lock (gate)
                return metricBytes;
        }
    }

    /// <summary>Every sender, by name.</summary>
    public IReadOnlyList<TelemetrySender> Senders
    {
        get
        {
            lock (gate)
            {
                return [.. resources.Values.OrderBy(r => r.Name, StringComparer.OrdinalIgnoreCase).Select(r => new TelemetrySender(
                    r.Name, r.Attributes, r.Logs.Count, r.Spans.Count, r.SeriesCount, r.Logs.Dropped, r.Spans.Dropped, r.DroppedSeries))];
            }
        }
    }

    /// <summary>The logs kept, oldest first; of one sender, or of all when null.</summary>
    public LogEntry[] Logs(string? sender = null)
    {
        LogEntry[] found;
        lock (gate)
            found = [.. Of(sender).SelectMany(r => r.Logs.Items)];
        Array.Sort(found, (a, b) => a.Time != b.Time ? a.Time.CompareTo(b.Time) : a.Id.CompareTo(b.Id));
        return found;
    }

    /// <summary>The spans kept, in the order they came; of one sender, or of all when null.</summary>
    public SpanEntry[] Spans(string? sender = null)
    {
        lock (gate)
            return [.. Of(sender).SelectMany(r => r.Spans.Items)];
    }

    /// <summary>The instruments of a sender, by meter and name.</summary>
    public IReadOnlyList<InstrumentInfo> Instruments(string sender)
    {
        lock (gate)
            return [.. Of(sender).SelectMany(r => r.Instruments.Values).Select(i => i.Info).OrderBy(i => i.Meter, StringComparer.Ordinal).ThenBy(i => i.Name, StringComparer.Ordinal)];
    }

    /// <summary>The series of an instrument with their points since a time; nothing when there is no such instrument.</summary>
    public IReadOnlyList<SeriesSnapshot> Series(string sender, string meter, string instrument, DateTimeOffset since)
    {
        lock (gate)
        {
            return resources.TryGetValue(sender, out var resource) && resource.Instruments.TryGetValue((meter, instrument), out var found)
                ? [.. found.Series.Values.Select(s => s.Snapshot(since))]
                : [];
        }
    }

    /// <summary>Forgets logs, spans or metrics (or all of them) of a sender, or of all when null.</summary>
    public void Clear(string? sender, bool logs = true, bool spans = true, bool metrics = true)
    {
        lock (gate)
        {
            foreach (var resource in Of(sender).ToList())
            {
                if (logs)
                    resource.Logs.Clear();
                if (spans)
                    resource.Spans.Clear();
                if (metrics)
                {
                    seriesCount -= resource.SeriesCount;
                    metricBytes -= resource.MetricBytes;
                    isMetricsFull = false;
                    resource.SeriesCount = 0;
                    resource.Instruments.Clear();
                }

                if (logs && spans && metrics)
                    resources.Remove(resource.Name);
            }
        }

        Changed(ref logsVersion);
        Changed(ref spansVersion);
        Changed(ref metricsVersion);
    }

    private static void Changed(ref long version) => Interlocked.Increment(ref version);

    private IEnumerable<ResourceTelemetry> Of(string? sender) =>
        sender is null ? resources.Values : resources.TryGetValue(sender, out var one) ? [one] : [];

    /// <summary>The sender of a message: <c>service.name</c>, with the instance when that says something else. Null at the bound.</summary>
    private ResourceTelemetry? Sender(Resource? resource)
    {
        var attributes = text.Attributes(resource is null ? [] : resource.Attributes);
        var service = attributes.FirstOrDefault(a => a.Key == "service.name").Value is { Length: > 0 } given ? given : "unknown_service";
        var instance = attributes.FirstOrDefault(a => a.Key == "service.instance.id").Value;
        var name = string.IsNullOrEmpty(instance) || instance == service ? service
            : instance.StartsWith(service, StringComparison.OrdinalIgnoreCase) ? instance
            : $"{service}-{instance[..Math.Min(8, instance.Length)]}";
        name = Short(name);
        if (!resources.TryGetValue(name, out var known))
        {
            if (resources.Count >= limits.Resources)
                return null;
            known = resources[name] = new ResourceTelemetry(name, limits);
        }

        known.Attributes = [.. attributes.Select(a => a with { Key = Short(a.Key), Value = Short(a.Value) })];
        return known;
    }

    /// <summary>Of a sender itself little is kept: it is said anew with every message.</summary>
    private static string Short(string text) => text.Length <= SenderText ? text : text[..SenderText];

    /// <summary>Keeps the sum of all below its bound: the largest gives.</summary>
    private void Shrink()
    {
        var total = resources.Values.Sum(r => r.Bytes);
        while (total > limits.MaxBytes)
        {
            var largest = resources.Values.MaxBy(r => r.Bytes)!;
            var before = largest.Bytes;

            // A share at a time, so that a flood does not look for the largest once a record.
            for (var i = 0; i < 64 && largest.Bytes > 0; i++)
                largest.DropOldest();
            total -= before - largest.Bytes;
        }
    }
}
