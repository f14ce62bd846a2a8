using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost.Supervision;

/// <summary>Restarts what dies or no longer does its work, within its budget. Written on the notification and command services and on the services'
/// own health endpoints, so that it serves either host. Jobs are never restarted, and what was stopped on purpose stays stopped. What did not
/// start for something that it needs, jobs too, is started once that is there.</summary>
internal sealed partial class Supervisor
{
    /// <summary>The state of a service that is given up.</summary>
    public const string Fatal = "Fatal";

    /// <summary>Set by the built-in host when somebody stops a resource, whether it runs or not.</summary>
    private const string StopWanted = "stop.wanted";

    /// <summary>Why it will not come back by itself; the built-in host makes what waits for it fail.</summary>
    private const string GivenUp = "given.up";

    /// <summary>What a program of ours ends with when it cannot run as it is configured.</summary>
    private const int ConfigurationExitCode = 2;

    private readonly DistributedApplication app;
    private readonly ResourceCommandService commands;
    private readonly TimeProvider time;
    private readonly TimeSpan askEvery;
    private readonly Dictionary<string, Func<string, SupervisedResource>> known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>By the id of the instance: with replicas each has its own budget.</summary>
    private readonly Dictionary<string, SupervisedResource> supervised = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lock gate = new();

    /// <param name="app">The application, built.</param>
    /// <param name="config">Whose services, and how each is supervised.</param>
    /// <param name="time">The clock.</param>
    /// <param name="askEvery">How often each service is asked how it is; null: every three seconds.</param>
    public Supervisor(DistributedApplication app, IntegrationConfig config, TimeProvider time, TimeSpan? askEvery = null)
    {
        this.app = app;
        this.time = time;
        this.askEvery = askEvery ?? TimeSpan.FromSeconds(3);
        commands = app.Services.GetRequiredService<ResourceCommandService>();
        var own = SupervisedService.Of(config).ToDictionary(s => s.Resource, StringComparer.OrdinalIgnoreCase);
        foreach (var resource in app.Services.GetRequiredService<DistributedApplicationModel>().Resources)
        {
            if (own.TryGetValue(resource.Name, out var service))
                known[resource.Name] = id => new SupervisedResource(
                    resource, id,
                    new(new RestartPolicy(service.Settings, time, Random.Shared.NextDouble), new LivenessPolicy(service.Settings, service.SilenceTimeout, time)), service.Source);
            else if (resource.Annotations.OfType<WaitAnnotation>().Any())
                known[resource.Name] = id => new SupervisedResource(resource, id, null, null);
        }
    }

    /// <summary>Follows until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var asking = AskAllAsync(cancellationToken);
        try
        {
            await foreach (var change in app.ResourceNotifications.WatchAsync(cancellationToken))
                lock (gate)
                {
                    if (Find(change) is { } service)
                        Follow(service, change.Snapshot, cancellationToken);
                    foreach (var blocked in supervised.Values.Where(s => s.IsBlocked))
                        if (Dependencies.AreMet(blocked.Resource, app.ResourceNotifications))
                            Unblock(blocked, cancellationToken);
                }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The host stops.
        }

        await asking;
        await Task.WhenAll(supervised.Values.Select(s => s.Work));
    }

    private SupervisedResource? Find(ResourceEvent change)
    {
        if (!supervised.TryGetValue(change.ResourceId, out var service) && known.TryGetValue(change.Resource.Name, out var make))
            supervised[change.ResourceId] = service = make(change.ResourceId);
        return service;
    }

    private void Follow(SupervisedResource service, CustomResourceSnapshot snapshot, CancellationToken cancellationToken)
    {
        var (before, state) = (service.State, snapshot.State?.Text);
        var restarts = Property(snapshot, "restarts") is int count ? count : 0;

        // Until a start that was asked for is seen to begin, what ends is what it replaces.
        var isOurs = restarts > service.Seen;
        service.State = state;
        if (Property(snapshot, StopWanted) is not null || (state == KnownResourceStates.Stopping && state != before && !isOurs))
        {
            (service.StopWanted, service.IsBlocked) = (true, false);
            service.Pending?.Cancel();
        }

        if (state == before)
            return;
        if (state == KnownResourceStates.Starting)
        {
            if (!isOurs)
            {
                service.Pending?.Cancel();
                if (service.Service is { } by && (by.Restarts.IsFatal || service.StopWanted))
                    by.Restarts.Clear();
            }

            service.Seen = Math.Max(service.Seen, restarts);
            (service.StopWanted, service.IsBlocked) = (false, false);
        }
        else if (state == KnownResourceStates.Running)
        {
            service.Life++;
            service.StopWanted = false;
            service.Service?.Restarts.Started();
            service.Service?.Liveness.Started();
        }
        else if (KnownResourceStates.TerminalStates.Contains(state) && !service.StopWanted && !isOurs && service.Pending is null)
        {
            Ended(service, snapshot, cancellationToken);
        }
    }

    private void Ended(SupervisedResource service, CustomResourceSnapshot snapshot, CancellationToken cancellationToken)
    {
        var didNotStart = snapshot.State?.Text == KnownResourceStates.FailedToStart;
        if (didNotStart && (Property(snapshot, GivenUp) is not null || !Dependencies.AreMet(service.Resource, app.ResourceNotifications)))
            service.IsBlocked = true;
        else if (service.Service is null)
            service.IsBlocked = !didNotStart && snapshot.ExitCode != 0 && Dependencies.WereInterrupted(service.Resource, snapshot, app.ResourceNotifications);
        else if (!didNotStart && snapshot.ExitCode == ConfigurationExitCode && service.Resource is ProjectResource)
            GiveUp(service, "ended with exit code 2: it cannot run as it is configured, and its log says why", isFinal: true, cancellationToken);
        else
            Restart(service, didNotStart ? $"did not start: {Property(snapshot, "error")}" : $"ended with exit code {snapshot.ExitCode}", "start", cancellationToken);
    }

    private void Restart(SupervisedResource service, string reason, string command, CancellationToken cancellationToken)
    {
        if (service.Service!.Restarts.Died() is not { } wait)
        {
            GiveUp(service, reason, isFinal: false, cancellationToken);
            return;
        }

        service.Service.Liveness.Restarting();
        var pending = service.Pending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var text = string.Create(CultureInfo.InvariantCulture, $"{reason}; restart {service.Count + 1} in {wait.TotalSeconds:0.0} s");
        Say(service, text);
        Publish(service, ("restarting", text));
        service.Work = Task.WhenAll(service.Work, RestartAsync(service, command, wait, pending, cancellationToken));
    }

    private async Task RestartAsync(SupervisedResource service, string command, TimeSpan wait, CancellationTokenSource pending, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(wait, time, pending.Token);
        }
        catch (OperationCanceledException)
        {
            // Somebody stopped or started it meanwhile, or the host stops.
        }

        lock (gate)
        {
            var isCalledOff = pending.IsCancellationRequested;
            service.Pending = null;
            pending.Dispose();
            if (isCalledOff)
            {
                Publish(service, ("restarting", null));
                return;
            }

            Announce(service);
        }

        await CommandAsync(service, command, cancellationToken);
    }

    private void Unblock(SupervisedResource service, CancellationToken cancellationToken)
    {
        service.IsBlocked = false;
        Say(service, "what it waits for is there; started again");
        Announce(service);
        service.Work = Task.WhenAll(service.Work, CommandAsync(service, "start", cancellationToken));
    }

    /// <summary>Says, where every state that follows carries it, that the next start is the supervisor's.</summary>
    private void Announce(SupervisedResource service)
    {
        service.Count++;
        Publish(service, ("restarts", service.Count), ("restarting", null));
    }

    private async Task CommandAsync(SupervisedResource service, string command, CancellationToken cancellationToken)
    {
        // Never on the thread that holds the gate.
        await Task.Yield();
        try
        {
            var result = await commands.ExecuteCommandAsync(service.Id, command, cancellationToken);
            if (result.Success)
                return;
            Say(service, $"could not be restarted: {result.ErrorMessage}");
            lock (gate)
                service.Seen = service.Count;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The host stops; nothing is started any more.
        }
    }

    private void GiveUp(SupervisedResource service, string reason, bool isFinal, CancellationToken cancellationToken)
    {
        var restarts = service.Service!.Restarts;
        if (isFinal)
            restarts.GiveUp();
        service.Service.Liveness.Told();
        var mend = $"mend it, then start it ('nbpy restart {service.Id}')";
        var text = !restarts.IsFatal ? $"{reason}; it is not restarted (supervision.restart): {mend}"
            : isFinal ? $"{reason}; given up: {mend}"
            : $"{reason}; restarted too often, given up: {mend}";
        Say(service, text);
        if (service.State != KnownResourceStates.Running)
            PublishGivenUp(service, text);
        else if (restarts.IsFatal)
            service.Work = Task.WhenAll(service.Work, StopGivenUpAsync(service, text, cancellationToken));
    }

    /// <summary>One that hangs does not go on running unseen.</summary>
    private async Task StopGivenUpAsync(SupervisedResource service, string text, CancellationToken cancellationToken)
    {
        service.StopWanted = true;
        await CommandAsync(service, "stop", cancellationToken);
        lock (gate)
            if (service.StopWanted)
                PublishGivenUp(service, text);
    }

    private void PublishGivenUp(SupervisedResource service, string text)
    {
        var state = service.Service!.Restarts.IsFatal ? new ResourceStateSnapshot(Fatal, "error") : null;
        _ = app.ResourceNotifications.PublishUpdateAsync(
            service.Resource, service.Id, s => s with { State = state ?? s.State, Properties = With(s.Properties, ("error", text), (GivenUp, text)) });
    }

    private void Publish(SupervisedResource service, params (string Name, object? Value)[] properties) =>
        _ = app.ResourceNotifications.PublishUpdateAsync(service.Resource, service.Id, s => s with { Properties = With(s.Properties, properties) });

    private static object? Property(CustomResourceSnapshot snapshot, string name) => snapshot.Properties.FirstOrDefault(p => p.Name == name)?.Value;

    private static ImmutableArray<ResourcePropertySnapshot> With(ImmutableArray<ResourcePropertySnapshot> properties, params (string Name, object? Value)[] changes) =>
        [.. properties.Where(p => !Array.Exists(changes, c => c.Name == p.Name)), .. changes.Where(c => c.Value is not null).Select(c => new ResourcePropertySnapshot(c.Name, c.Value))];

    private void Say(SupervisedResource service, string what) => Console.WriteLine($"{time.GetLocalNow():HH:mm:ss.fff}  {service.Id,-28} Supervisor {what}");
}
