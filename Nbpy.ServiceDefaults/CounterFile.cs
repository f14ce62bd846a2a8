using System.Text.Json;
using Nbpy.ServiceDefaults.Telemetry;

namespace Nbpy.ServiceDefaults;

/// <summary>The counters of a service in a file that the app host reads for its closing report: written every two seconds and
/// at the end, whole or not at all, so that a killed service leaves its last known state. A restarted service adds to what
/// its earlier runs under the same host left. Beside the service's own counters are the sums of its latencies.</summary>
internal sealed class CounterFile : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private readonly Lock writing = new();
    private readonly LatencyTotals latency = new();
    private readonly string file;
    private readonly IService service;
    private readonly Dictionary<string, long> earlier;
    private readonly ITimer timer;

    private CounterFile(string file, IService service, TimeProvider time)
    {
        this.file = file;
        this.service = service;
        earlier = File.Exists(file) ? JsonSerializer.Deserialize<Dictionary<string, long>>(File.ReadAllBytes(file)) ?? [] : [];
        timer = time.CreateTimer(_ => Write(), null, Interval, Interval);
    }

    /// <summary>Opens the file that the environment asks for; null when it asks for none.</summary>
    public static CounterFile? Open(string name, IService service, TimeProvider time)
    {
        if (Environment.GetEnvironmentVariable(EnvironmentNames.StateDirectory) is not { Length: > 0 } directory)
            return null;
        Directory.CreateDirectory(directory);
        return new CounterFile(Path.Combine(directory, name + ".json"), service, time);
    }

    /// <summary>Writes the sums now.</summary>
    public void Write()
    {
        lock (writing)
        {
            var sums = service.Counters.Concat(latency.Read()).ToDictionary(c => c.Key, c => c.Value + (service.CarriedCounters.Contains(c.Key) ? 0 : earlier.GetValueOrDefault(c.Key)));
            var partial = file + ".part";
            File.WriteAllBytes(partial, JsonSerializer.SerializeToUtf8Bytes(sums));
            File.Move(partial, file, overwrite: true);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        timer.Dispose();
        latency.Dispose();
    }
}
