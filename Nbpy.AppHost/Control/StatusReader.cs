using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.ServiceDefaults.Control;

namespace Nbpy.AppHost.Control;

/// <summary>Puts together what is known of every resource: the host's state, the process's figures, the service's counters.</summary>
internal sealed class StatusReader(DistributedApplication app, IntegrationConfig config, string stateDirectory, TimeProvider time)
{
    private readonly DateTimeOffset started = time.GetUtcNow();
    private readonly ProcessFigures figures = new(time);
    private readonly Lock gate = new();
    private readonly Dictionary<string, (long Messages, DateTimeOffset At)> last = [];
    private readonly Dictionary<string, string> names = config.Publishers.Select(p => p.Name).Concat(config.Subscribers.Select(s => s.Name))
        .ToDictionary(ServicePrograms.ResourceName, StringComparer.OrdinalIgnoreCase);

    /// <summary>The status now.</summary>
    public HostStatus Read()
    {
        lock (gate)
            return new HostStatus(
                Environment.ProcessId, started, config.Path,
                [.. app.Services.GetRequiredService<DistributedApplicationModel>().Resources.Where(r => r is not ParameterResource).Select(Describe)]);
    }

    private ServiceStatus Describe(IResource resource)
    {
        var snapshot = app.ResourceNotifications.TryGetCurrentState(resource.Name, out var known) ? known.Snapshot : null;
        string? Property(string name) => snapshot?.Properties.FirstOrDefault(p => p.Name == name)?.Value?.ToString();
        var state = snapshot?.State?.Text ?? KnownResourceStates.NotStarted;
        var running = state == KnownResourceStates.Running;
        int? pid = running && int.TryParse(Property("pid"), CultureInfo.InvariantCulture, out var id) ? id : null;
        var (cpu, memory) = pid is { } process ? figures.Of(process) : (null, null);
        var counters = Counters(resource.Name);
        return new ServiceStatus(
            resource.Name, state, running ? snapshot!.HealthStatus == HealthStatus.Healthy : null, Reason(snapshot, Property),
            int.TryParse(Property("restarts"), CultureInfo.InvariantCulture, out var restarts) ? restarts : 0,
            running && snapshot!.StartTimeStamp is { } start ? (time.GetUtcNow().UtcDateTime - start).TotalSeconds : null,
            pid,
            Ports(resource),
            cpu, memory, snapshot?.ExitCode, Rate(resource.Name, counters), counters.TryGetValue(CounterNames.Pending, out var pending) ? pending : null, counters);
    }

    private static Dictionary<string, int> Ports(IResource resource) => resource is not IResourceWithEndpoints with
        ? []
        : resource.Annotations.OfType<EndpointAnnotation>().Select(e => new EndpointReference(with, e.Name)).Where(e => e.IsAllocated)
            .ToDictionary(e => e.EndpointName, e => e.Port);

    private static string? Reason(CustomResourceSnapshot? snapshot, Func<string, string?> property) =>
        snapshot?.State?.Text == KnownResourceStates.Waiting ? "waits for " + property("waiting.for")
        : snapshot?.State?.Text == KnownResourceStates.Running ? snapshot.HealthReports.FirstOrDefault(r => r.Status is not (null or HealthStatus.Healthy))?.Description
        : property("error") ?? property("restarting");

    private double? Rate(string name, IReadOnlyDictionary<string, long> counters)
    {
        if (!counters.TryGetValue(CounterNames.Published, out var messages) && !counters.TryGetValue(CounterNames.Received, out messages))
            return null;

        // The file is as old as it is: the rate is between two of its versions.
        var at = new DateTimeOffset(File.GetLastWriteTimeUtc(CounterPath(name)), TimeSpan.Zero);
        var before = last.TryGetValue(name, out var seen) ? seen : (Messages: 0L, At: started);
        if (at <= before.At)
            return null;
        last[name] = (messages, at);
        return Math.Max(0, (messages - before.Messages) / (at - before.At).TotalSeconds);
    }

    private string CounterPath(string resource) => Path.Combine(stateDirectory, names.GetValueOrDefault(resource, resource) + ".json");

    private Dictionary<string, long> Counters(string resource)
    {
        try
        {
            return File.Exists(CounterPath(resource)) ? JsonSerializer.Deserialize<Dictionary<string, long>>(File.ReadAllBytes(CounterPath(resource))) ?? [] : [];
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            // Not a counter file of this version: nothing to show.
            return [];
        }
    }
}
