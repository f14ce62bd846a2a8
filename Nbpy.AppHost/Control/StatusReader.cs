using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.ServiceDefaults.Control;

namespace Nbpy.AppHost.Control;

/// <summary>Puts together what is known of every resource: the host's state, the process's figures, the service's counters.</summary>
internal sealed class StatusReader(
    DistributedApplication app, IntegrationConfig config, IReadOnlyList<string> arguments, string stateDirectory, TimeProvider time)
{
    private static readonly TimeSpan SampleInterval = TimeSpan.FromSeconds(2);
    private readonly DateTimeOffset started = time.GetUtcNow();
    private readonly ProcessFigures figures = new(time);
    private readonly MessageRates rates = new(time.GetUtcNow());
    private readonly YoungMemory young = new();
    private readonly Lock gate = new();
    private readonly Dictionary<string, string> names = config.Publishers.Select(p => p.Name).Concat(config.Subscribers.Select(s => s.Name))
        .ToDictionary(ServicePrograms.ResourceName, StringComparer.OrdinalIgnoreCase);

    /// <summary>The status now.</summary>
    public HostStatus Read()
    {
        lock (gate)
            return new HostStatus(
                Environment.ProcessId, started, config.Path,
                [.. app.Services.GetRequiredService<DistributedApplicationModel>().Resources.Where(r => r is not ParameterResource).Select(Describe)])
            {
                Arguments = arguments,
                Dashboard = Dashboard(),
            };
    }

    /// <summary>Takes the figures every two seconds (as often as services write their counters) until cancelled, so that whoever asks gets those of that time and not of
    /// the time since somebody else asked. What that and all else in the host leaves behind is collected.</summary>
    public async Task SampleAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var timer = new PeriodicTimer(SampleInterval, time);
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                Read();
                young.Collect();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    /// <summary>The dashboard with its sign-in token, from where Aspire's host and the built-in one keep it; null while there is none.</summary>
    private string? Dashboard()
    {
        var settings = app.Services.GetRequiredService<IConfiguration>();
        return settings["AppHost:BrowserToken"] is { Length: > 0 } token && settings["ASPNETCORE_URLS"]?.Split(';')[0] is { Length: > 0 } url
            ? $"{url.TrimEnd('/')}/login?t={token}"
            : null;
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
            cpu, memory, snapshot?.ExitCode, running ? Rate(resource.Name, counters) : null, counters.TryGetValue(CounterNames.Pending, out var pending) ? pending : null, counters);
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
        return rates.Of(name, messages, new DateTimeOffset(File.GetLastWriteTimeUtc(CounterPath(name)), TimeSpan.Zero));
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
