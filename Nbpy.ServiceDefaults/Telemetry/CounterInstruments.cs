using System.Diagnostics.Metrics;

namespace Nbpy.ServiceDefaults.Telemetry;

/// <summary>A service's counters as observable instruments: nothing is done until somebody asks, and then the counters are read once for
/// all instruments.</summary>
public sealed class CounterInstruments : IDisposable
{
    private static readonly TimeSpan OneReading = TimeSpan.FromMilliseconds(500);
    private static readonly HashSet<string> Named = [.. InstrumentTable.All.Select(i => i.Counter)];
    private readonly Lock gate = new();
    private readonly Meter meter = new(InstrumentTable.Meter);
    private readonly IService service;
    private readonly TimeProvider time;
    private IReadOnlyDictionary<string, long>? counters;
    private long readAt;

    /// <param name="service">Whose counters.</param>
    /// <param name="time">The clock.</param>
    public CounterInstruments(IService service, TimeProvider time)
    {
        this.service = service;
        this.time = time;
        foreach (var definition in InstrumentTable.All)
            Create(definition);
        meter.CreateObservableUpDownCounter(
            InstrumentTable.Other, ObserveOthers, null, "Counters of a service that have no metric of their own; the attribute nbpy.counter names them.");
        meter.CreateObservableGauge(
            InstrumentTable.Health, () => service.Health.Healthy ? 1 : 0, null, "1 while the service does its work, 0 while it does not.");
    }

    /// <summary>Ends the instruments.</summary>
    public void Dispose() => meter.Dispose();

    private void Create(InstrumentDefinition definition)
    {
        if (definition.IsLevel)
            meter.CreateObservableUpDownCounter(definition.Name, () => Observe(definition.Counter), definition.Unit, definition.Description);
        else
            meter.CreateObservableCounter(definition.Name, () => Observe(definition.Counter), definition.Unit, definition.Description);
    }

    /// <summary>Nothing when the service has no such counter.</summary>
    private IEnumerable<Measurement<long>> Observe(string counter) => Read().TryGetValue(counter, out var value) ? [new Measurement<long>(value)] : [];

    private IEnumerable<Measurement<long>> ObserveOthers() =>
        Read().Where(c => !Named.Contains(c.Key)).Select(c => new Measurement<long>(c.Value, new KeyValuePair<string, object?>("nbpy.counter", c.Key)));

    private IReadOnlyDictionary<string, long> Read()
    {
        lock (gate)
        {
            if (counters is null || time.GetElapsedTime(readAt) > OneReading)
            {
                counters = service.Counters;
                readAt = time.GetTimestamp();
            }

            return counters;
        }
    }
}
