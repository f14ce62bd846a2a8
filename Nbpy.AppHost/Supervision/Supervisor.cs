using System.Collections.Immutable;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.DependencyInjection;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost.Supervision;

/// <summary>Restarts what dies or no longer works, within its budget. Written on the notification and command services alone, so that it serves
/// either host; jobs are never restarted, and what was stopped on purpose stays stopped.</summary>
internal sealed class Supervisor
{
    /// <summary>The state of a service that is given up.</summary>
    public const string Fatal = "Fatal";

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private readonly DistributedApplication app;
    private readonly ResourceCommandService commands;
    private readonly Dictionary<string, Func<string, SupervisedResource>> services = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>By the id of the instance: with replicas each has its own budget.</summary>
    private readonly Dictionary<string, SupervisedResource> supervised = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lock gate = new();

    /// <param name="app">The application, built.</param>
    /// <param name="config">Whose services, and how each is supervised.</param>
    /// <param name="time">The clock.</param>
    public Supervisor(DistributedApplication app, IntegrationConfig config, TimeProvider time)
    {
        this.app = app;
        commands = app.Services.GetRequiredService<ResourceCommandService>();
        var own = config.Publishers.Select(p => (p.Name, p.Supervision, IsSource: p.FilterOf is null))
            .Concat(config.Subscribers.Select(s => (s.Name, s.Supervision, IsSource: false)))
            .Concat([("influxdb", null, false), ("grafana", null, false)])
            .ToDictionary(s => ServicePrograms.ResourceName(s.Name), StringComparer.OrdinalIgnoreCase);
        foreach (var resource in app.Services.GetRequiredService<DistributedApplicationModel>().Resources)
        {
            if (!own.TryGetValue(resource.Name, out var service))
                continue;
            var settings = service.Supervision ?? config.Supervision;
            services[resource.Name] = id => new SupervisedResource(
                resource, id, new RestartPolicy(settings, time, Random.Shared.NextDouble), new LivenessPolicy(settings, service.IsSource, time));
        }
    }

    /// <summary>Follows until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var ticking = TickAsync(cancellationToken);
        try
        {
            await foreach (var change in app.ResourceNotifications.WatchAsync(cancellationToken))
                if (Find(change) is { } service)
                    Follow(service, change.Snapshot, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The host stops.
        }

        await ticking;
        await Task.WhenAll(supervised.Values.Select(s => s.Restarting ?? Task.CompletedTask));
    }

    private SupervisedResource? Find(ResourceEvent change)
    {
        lock (gate)
        {
            if (!supervised.TryGetValue(change.ResourceId, out var service) && services.TryGetValue(change.Resource.Name, out var make))
                supervised[change.ResourceId] = service = make(change.ResourceId);
            return service;
        }
    }

    private void Follow(SupervisedResource service, CustomResourceSnapshot snapshot, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            var (before, state) = (service.State, snapshot.State?.Text);
            service.State = state;
            var running = state == KnownResourceStates.Running;
            var wasHealthy = snapshot.Properties.Any(p => p.Name == "was.healthy") || snapshot.HealthStatus == HealthStatus.Healthy;
            var unhealthy = snapshot.HealthReports.FirstOrDefault(r => r.Status is HealthStatus.Unhealthy);
            service.Liveness.Observe(
                running && wasHealthy,
                answers: unhealthy is null || unhealthy.Description?.Contains("answered", StringComparison.Ordinal) == true,
                snapshot.HealthStatus == HealthStatus.Healthy,
                unhealthy?.Description);
            if (state == before)
                return;
            if (state == KnownResourceStates.Stopping && service.Restarting is null)
                service.StopWanted = true;
            else if (state == KnownResourceStates.Starting && service.Restarting is null && (service.Restarts.IsFatal || service.StopWanted))
                service.Restarts.Clear();
            if (running)
            {
                service.StopWanted = false;
                service.Restarts.Started();
            }
            else if (KnownResourceStates.TerminalStates.Contains(state) && !service.StopWanted && service.Restarting is null)
            {
                Restart(service, Reason(snapshot), "start", cancellationToken);
            }
        }
    }

    private static string Reason(CustomResourceSnapshot snapshot) => snapshot.State?.Text == KnownResourceStates.FailedToStart
        ? $"did not start: {snapshot.Properties.FirstOrDefault(p => p.Name == "error")?.Value}"
        : $"ended with exit code {snapshot.ExitCode}";

    private void Restart(SupervisedResource service, string reason, string command, CancellationToken cancellationToken)
    {
        if (service.Restarts.Died() is not { } wait)
        {
            GiveUp(service, reason);
            return;
        }

        service.Liveness.Reset();
        service.Restarting = RestartAsync(service, reason, command, wait, cancellationToken);
    }

    private async Task RestartAsync(SupervisedResource service, string reason, string command, TimeSpan wait, CancellationToken cancellationToken)
    {
        var name = service.Id;
        try
        {
            Say(name, $"{reason}; restart {service.Count + 1} in {wait.TotalSeconds:0.0} s");
            await Task.Delay(wait, cancellationToken);

            // Started against a dependency that is down it would only fail again.
            foreach (var needed in service.Resource.Annotations.OfType<WaitAnnotation>().Where(w => w.WaitType == WaitType.WaitUntilHealthy))
                await app.ResourceNotifications.WaitForResourceAsync(
                    needed.Resource.Name, e => !KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text), cancellationToken);
            service.Count++;
            await app.ResourceNotifications.PublishUpdateAsync(service.Resource, service.Id, s => s with { Properties = With(s.Properties, "restarts", service.Count) });
            var result = await commands.ExecuteCommandAsync(service.Id, command, cancellationToken);
            if (!result.Success)
                Say(name, $"could not be restarted: {result.ErrorMessage}");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The host stops; nothing is started any more.
        }
        finally
        {
            lock (gate)
                service.Restarting = null;
        }

        Recheck(service, cancellationToken);
    }

    /// <summary>It may have died again while its restart was still on record.</summary>
    private void Recheck(SupervisedResource service, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested || !app.ResourceNotifications.TryGetCurrentState(service.Id, out var now))
            return;
        lock (gate)
            if (KnownResourceStates.TerminalStates.Contains(now.Snapshot.State?.Text) && !service.StopWanted && service.Restarting is null)
                Restart(service, Reason(now.Snapshot), "start", cancellationToken);
    }

    private void GiveUp(SupervisedResource service, string reason)
    {
        var name = service.Id;
        var text = service.Restarts.IsFatal ? $"{reason}; restarted too often, given up: mend it, then start it ('nbpy restart {name}')" : reason;
        Say(name, text);
        if (service.Restarts.IsFatal)
            _ = app.ResourceNotifications.PublishUpdateAsync(
                service.Resource, service.Id, s => s with { State = new ResourceStateSnapshot(Fatal, "error"), Properties = With(s.Properties, "error", text) });
    }

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var timer = new PeriodicTimer(Tick);
            while (await timer.WaitForNextTickAsync(cancellationToken))
                lock (gate)
                    foreach (var service in supervised.Values.Where(s => s.Restarting is null && s.State == KnownResourceStates.Running))
                        if (service.Liveness.Verdict() is { } verdict)
                            Restart(service, verdict, "restart", cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private static ImmutableArray<ResourcePropertySnapshot> With(ImmutableArray<ResourcePropertySnapshot> properties, string name, object value) =>
        [.. properties.Where(p => p.Name != name), new ResourcePropertySnapshot(name, value)];

    private static void Say(string name, string what) =>
        Console.WriteLine($"{TimeProvider.System.GetLocalNow():HH:mm:ss.fff}  {name,-28} Supervisor {what}");
}
