using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nbpy.ServiceDefaults.Telemetry;

namespace Nbpy.ServiceDefaults;

/// <summary>The counters of a service in a file that the app host reads for its closing report: written every two seconds while
/// they change and at the end, whole or not at all, so that a killed service leaves its last known state. A restarted service adds to what
/// its earlier runs under the same host left. A file that cannot be written (a full disk, a removed folder) is said once, and again
/// when it is written: the service itself needs none. Beside the service's own counters are the sums of its latencies.</summary>
internal sealed partial class CounterFile : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private readonly Lock writing = new();
    private readonly LatencyTotals latency = new();
    private readonly string file;
    private readonly IService service;
    private readonly Dictionary<string, long> earlier;
    private readonly ILogger logger;
    private readonly ITimer timer;
    private byte[] written = [];
    private bool isFailing;

    /// <param name="file">The file.</param>
    /// <param name="service">Whose counters.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where trouble is said.</param>
    public CounterFile(string file, IService service, TimeProvider time, ILogger logger)
    {
        this.file = file;
        this.service = service;
        this.logger = logger;
        earlier = ReadEarlier();
        timer = time.CreateTimer(_ => Write(), null, Interval, Interval);
    }

    /// <summary>Opens the file that the environment asks for; null when it asks for none.</summary>
    public static CounterFile? Open(string name, IService service, TimeProvider time, ILogger logger) =>
        Environment.GetEnvironmentVariable(EnvironmentNames.StateDirectory) is { Length: > 0 } directory
            ? new CounterFile(Path.Combine(directory, name + ".json"), service, time, logger)
            : null;

    /// <summary>Writes the sums now. Never throws for the disk's sake: it is a timer that calls.</summary>
    public void Write()
    {
        lock (writing)
        {
            var sums = service.Counters.Concat(latency.Read()).ToDictionary(c => c.Key, c => c.Value + (service.CarriedCounters.Contains(c.Key) ? 0 : earlier.GetValueOrDefault(c.Key)));
            var bytes = JsonSerializer.SerializeToUtf8Bytes(sums, ServiceJson.Default.DictionaryStringInt64);
            if (!isFailing && bytes.AsSpan().SequenceEqual(written) && File.Exists(file))
                return;
            var partial = file + ".part";
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                File.WriteAllBytes(partial, bytes);
                File.Move(partial, file, overwrite: true);
                written = bytes;
                if (isFailing)
                    LogWritten(logger, file);
                isFailing = false;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                if (!isFailing)
                    LogFailed(logger, file, e.Message);
                isFailing = true;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        timer.Dispose();
        latency.Dispose();
    }

    private Dictionary<string, long> ReadEarlier()
    {
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize(File.ReadAllBytes(file), ServiceJson.Default.DictionaryStringInt64) ?? [] : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            LogUnread(logger, file, e.Message);
            return [];
        }
    }

    [LoggerMessage(120, LogLevel.Error, "The counters cannot be written to {File}: {Reason}. The service goes on without; until it is mended its figures in status and closing report are old.")]
    private static partial void LogFailed(ILogger logger, string file, string reason);

    [LoggerMessage(121, LogLevel.Information, "The counters are written to {File} again.")]
    private static partial void LogWritten(ILogger logger, string file);

    [LoggerMessage(122, LogLevel.Warning, "The counters of the earlier run in {File} cannot be read, and count from zero: {Reason}")]
    private static partial void LogUnread(ILogger logger, string file, string reason);
}
