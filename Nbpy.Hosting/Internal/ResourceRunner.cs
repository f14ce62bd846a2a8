using System.Collections.Immutable;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal;

/// <summary>One resource from waiting to its end: waits for its edges, starts its process, follows its health, stops it.</summary>
internal sealed class ResourceRunner(IResource resource, RunnerContext context)
{
    private static readonly TimeSpan StartingPoll = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan UnhealthyPoll = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan HealthyPoll = TimeSpan.FromSeconds(10);
    private readonly Lock gate = new();
    private CancellationTokenSource stop = new();
    private RunningProcess? process;
    private Task run = Task.CompletedTask;
    private bool closed;

    public IResource Resource => resource;

    /// <summary>Starts it; false when it runs or waits already.</summary>
    public bool Start()
    {
        lock (gate)
        {
            if (closed || !run.IsCompleted)
                return false;
            stop = new CancellationTokenSource();

            // A run that follows another is seen to begin before this returns: whoever watches takes no old end for a new one.
            if (context.Notifications.TryGetCurrentState(resource.Name, out _))
                _ = UpdateAsync(KnownResourceStates.Starting);
            run = Task.Run(RunAsync);
            return true;
        }
    }

    /// <summary>From now on it is not started any more: the host stops.</summary>
    public void Close()
    {
        lock (gate)
            closed = true;
    }

    /// <summary>Asks it to stop and waits; past the limit it is killed.</summary>
    /// <returns>False when it had to be killed.</returns>
    public async Task<bool> StopAsync(CancellationToken limit)
    {
        Task ending;
        lock (gate)
        {
            ending = run;
            stop.Cancel();
        }

        if (ending.IsCompleted)
            return true;
        if (process is { } running)
        {
            await UpdateAsync(KnownResourceStates.Stopping).ConfigureAwait(false);
            running.Terminate();
        }

        try
        {
            await ending.WaitAsync(limit).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            Kill();
            await ending.ConfigureAwait(false);
            return false;
        }
    }

    public void Kill() => process?.Kill();

    private async Task RunAsync()
    {
        try
        {
            if (!await WaitForDependenciesAsync(stop.Token).ConfigureAwait(false))
                return;
            await UpdateAsync(KnownResourceStates.Starting).ConfigureAwait(false);
            await context.Eventing.PublishAsync(new BeforeResourceStartedEvent(resource, context.Services), stop.Token).ConfigureAwait(false);
            var start = await ProcessStart.ForAsync(resource, context, stop.Token).ConfigureAwait(false);
            context.Loggers.Begin(resource.Name);
            process = RunningProcess.Start(resource.Name, start, context);
            if (stop.IsCancellationRequested)
                process.Terminate();
            await RunningAsync(process).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Stopped before it ran.
            await UpdateAsync(KnownResourceStates.NotStarted).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await FailAsync(e.Message).ConfigureAwait(false);
        }
        finally
        {
            context.Loggers.Complete(resource.Name);
        }
    }

    private async Task RunningAsync(RunningProcess running)
    {
        await context.Notifications.PublishUpdateAsync(resource, s => s with
        {
            State = KnownResourceStates.Running,
            StartTimeStamp = context.Time.GetUtcNow().UtcDateTime,
            StopTimeStamp = null,
            ExitCode = null,
            Properties = Set(s.Properties, ("pid", running.Id), ("waiting.for", null), ("was.healthy", null)),
            HealthReports = [.. resource.Annotations.OfType<HealthCheckAnnotation>().Select(h => new HealthReportSnapshot(h.Key, null, "not checked yet", null))],
        }).ConfigureAwait(false);
        using var ended = new CancellationTokenSource();
        var health = FollowHealthAsync(ended.Token);
        var exitCode = await running.Exit.ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
        await health.ConfigureAwait(false);
        process = null;
        running.Dispose();
        var state = resource is ContainerResource ? KnownResourceStates.Exited : KnownResourceStates.Finished;
        await context.Notifications.PublishUpdateAsync(resource, s => s with
        {
            State = state, ExitCode = exitCode, StopTimeStamp = context.Time.GetUtcNow().UtcDateTime, HealthReports = [],
        }).ConfigureAwait(false);
        context.Notifications.TryGetCurrentState(resource.Name, out var last);
        await context.Eventing.PublishAsync(new ResourceStoppedEvent(resource, context.Services, last!)).ConfigureAwait(false);
    }

    /// <summary>Polls the health checks: often until healthy, seldom after.</summary>
    private async Task FollowHealthAsync(CancellationToken cancellationToken)
    {
        var keys = resource.Annotations.OfType<HealthCheckAnnotation>().Select(h => h.Key).ToHashSet();
        var ready = false;
        try
        {
            while (true)
            {
                var reports = await CheckAsync(keys, cancellationToken).ConfigureAwait(false);
                var healthy = reports.All(r => r.Status == HealthStatus.Healthy);
                await context.Notifications.PublishUpdateAsync(resource, s => s with
                {
                    HealthReports = reports,
                    Properties = healthy ? Set(s.Properties, ("was.healthy", true)) : s.Properties,
                }).ConfigureAwait(false);
                if (healthy && !ready)
                {
                    ready = true;
                    await context.Eventing.PublishAsync(new ResourceReadyEvent(resource, context.Services), cancellationToken).ConfigureAwait(false);
                }

                if (keys.Count == 0)
                    return;
                await Task.Delay(healthy ? HealthyPoll : ready ? UnhealthyPoll : StartingPoll, context.Time, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The process has ended.
        }
    }

    private async Task<ImmutableArray<HealthReportSnapshot>> CheckAsync(HashSet<string> keys, CancellationToken cancellationToken)
    {
        if (keys.Count == 0)
            return [];
        var report = await context.Health.CheckHealthAsync(r => keys.Contains(r.Name), cancellationToken).ConfigureAwait(false);
        return [.. report.Entries.Select(e => new HealthReportSnapshot(e.Key, e.Value.Status, e.Value.Description, e.Value.Exception?.Message))];
    }

    private async Task<bool> WaitForDependenciesAsync(CancellationToken cancellationToken)
    {
        var waits = resource.Annotations.OfType<WaitAnnotation>().ToList();
        foreach (var wait in waits)
        {
            var unmet = waits.Where(w => !context.Notifications.TryGetCurrentState(w.Resource.Name, out var e) || IsMet(w, e!.Snapshot) != true).ToList();
            if (unmet.Count == 0)
                return true;
            if (!unmet.Contains(wait))
                continue;
            var others = string.Join(", ", unmet.Select(Describe));
            await context.Notifications.PublishUpdateAsync(resource, s => s with
            {
                State = KnownResourceStates.Waiting, Properties = Set(s.Properties, ("waiting.for", others)),
            }).ConfigureAwait(false);
            var met = await context.Notifications.WaitForResourceAsync(wait.Resource.Name, e => IsMet(wait, e.Snapshot) is not null, cancellationToken).ConfigureAwait(false);
            if (IsMet(wait, met.Snapshot) == false)
            {
                await FailAsync($"{wait.Resource.Name}, which it waits for, {Fate(met.Snapshot)}").ConfigureAwait(false);
                return false;
            }
        }

        return true;
    }

    /// <summary>True: met. False: it will not be. Null: not yet.</summary>
    private static bool? IsMet(WaitAnnotation wait, CustomResourceSnapshot snapshot)
    {
        var ended = KnownResourceStates.TerminalStates.Contains(snapshot.State?.Text);
        return wait.WaitType switch
        {
            WaitType.WaitForCompletion => ended ? snapshot.ExitCode == wait.ExitCode && snapshot.State!.Text != KnownResourceStates.FailedToStart : null,
            WaitType.WaitUntilStarted => ended ? snapshot.State!.Text != KnownResourceStates.FailedToStart : snapshot.State?.Text == KnownResourceStates.Running ? true : null,
            _ => ended ? false : snapshot.HealthStatus == HealthStatus.Healthy ? true : null,
        };
    }

    private static string Describe(WaitAnnotation wait) =>
        wait.WaitType == WaitType.WaitForCompletion ? $"{wait.Resource.Name} to complete" : wait.Resource.Name;

    private static string Fate(CustomResourceSnapshot snapshot) =>
        snapshot.State?.Text == KnownResourceStates.FailedToStart ? "did not start" : $"ended with exit code {snapshot.ExitCode}";

    private static ImmutableArray<ResourcePropertySnapshot> Set(ImmutableArray<ResourcePropertySnapshot> properties, params ReadOnlySpan<(string Name, object? Value)> changes)
    {
        foreach (var (name, value) in changes)
            properties = [.. properties.Where(p => p.Name != name), .. value is null ? [] : (ResourcePropertySnapshot[])[new(name, value)]];
        return properties;
    }

    private Task UpdateAsync(string state) => context.Notifications.PublishUpdateAsync(resource, s => s with { State = state });

    private Task FailAsync(string error) => context.Notifications.PublishUpdateAsync(resource, s => s with
    {
        State = KnownResourceStates.FailedToStart, Properties = Set(s.Properties, ("error", error)), HealthReports = [],
    });
}
