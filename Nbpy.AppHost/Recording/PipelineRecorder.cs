using System.Globalization;
using System.Text;
using Nbpy.AppHost.Control;
using Nbpy.Influx;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.ServiceDefaults.Control;

namespace Nbpy.AppHost.Recording;

/// <summary>Writes what the host knows of every service into the store, for the dashboard of the pipeline itself: measurement <c>nbpy_services</c>,
/// tags <c>service</c> and <c>role</c>, a field for every counter, and <c>restarts</c>, <c>up</c>, <c>healthy</c>, <c>cpu_percent</c>,
/// <c>memory_bytes</c>, <c>messages_per_second</c>, <c>latency_published_ms</c>, <c>latency_received_ms</c>, <c>latency_stored_ms</c>. While the store is away they wait in memory, an hour of them: the outage is what they
/// are to tell of. A line says since when.</summary>
internal sealed class PipelineRecorder(IntegrationConfig config, StatusReader status, TimeProvider time, TextWriter output)
{
    /// <summary>The measurement.</summary>
    public const string Measurement = "nbpy_services";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private readonly LatencyMeans latencies = new();
    private readonly FigureBacklog backlog = new();
    private readonly Dictionary<string, string> roles = config.Publishers.Select(p => (p.Name, Role: p.FilterOf is null ? "publisher" : "filter"))
        .Concat(config.Subscribers.Select(s => (s.Name, Role: "subscriber"))).ToDictionary(r => ServicePrograms.ResourceName(r.Name), r => r.Role);

    /// <summary>Writes every five seconds until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var client = new InfluxClient(new InfluxOptions
        {
            Url = new Uri(config.InfluxDb.Url), Database = config.InfluxDb.Database, Username = config.InfluxDb.Username, Password = config.InfluxDb.Password,
            Timeout = Interval,
        });
        var wasStored = false;
        try
        {
            using var timer = new PeriodicTimer(Interval, time);
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                backlog.Add(Lines(status.Read(), (time.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks) * 100));
                var result = await WriteAsync(client, cancellationToken);
                if (wasStored && result.Status != WriteStatus.Stored)
                    await output.WriteLineAsync($"The pipeline's own figures are not stored from now on, and wait: {result.Reason}");
                wasStored = result.Status == WriteStatus.Stored;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task<WriteResult> WriteAsync(InfluxClient client, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (lines, entries) = backlog.Next();
            var result = await client.WriteAsync(Encoding.UTF8.GetBytes(lines), null, cancellationToken);
            if (result.Status is WriteStatus.Unavailable or WriteStatus.Refused)
                return result;

            // What the store calls bad stays bad.
            backlog.Done(entries);
            if (result.Status != WriteStatus.Stored || backlog.Count == 0)
                return result;
        }
    }

    /// <summary>One line of line protocol a service.</summary>
    internal string Lines(HostStatus host, long nowNs)
    {
        var text = new StringBuilder();
        foreach (var service in host.Services)
        {
            // Resource names are letters, digits and hyphens: nothing to escape.
            text.Append(CultureInfo.InvariantCulture, $"{Measurement},service={service.Name},role={roles.GetValueOrDefault(service.Name, "part")} ");
            text.Append(CultureInfo.InvariantCulture, $"restarts={service.Restarts}i,up={(service.State == KnownResourceStates.Running ? "true" : "false")},healthy={(service.Healthy == true ? "true" : "false")}");
            if (service.CpuPercent is { } cpu)
                text.Append(CultureInfo.InvariantCulture, $",cpu_percent={cpu:R}");
            if (service.MemoryBytes is { } memory)
                text.Append(CultureInfo.InvariantCulture, $",memory_bytes={memory}i");
            if (service.MessagesPerSecond is { } rate)
                text.Append(CultureInfo.InvariantCulture, $",messages_per_second={rate:R}");
            foreach (var (stage, milliseconds) in latencies.Of(service.Name, service.Counters))
                text.Append(CultureInfo.InvariantCulture, $",latency_{stage}_ms={milliseconds:R}");
            foreach (var (name, value) in service.Counters.Where(c => !LatencyMeans.IsSum(c.Key)))
                text.Append(CultureInfo.InvariantCulture, $",{name}={value}i");
            text.Append(CultureInfo.InvariantCulture, $" {nowNs}\n");
        }

        return text.ToString();
    }
}
