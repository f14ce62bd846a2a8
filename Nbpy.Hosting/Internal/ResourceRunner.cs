using System.Globalization;
using Nbpy.Hosting.ApplicationModel;
using Nbpy.Hosting.Internal.Containers;

namespace Nbpy.Hosting.Internal;

/// <summary>One instance of a resource from waiting to its end: waits for its edges, starts it, follows its health, stops it.</summary>
internal sealed class ResourceRunner(IResource resource, string id, int index, RunnerContext context)
{
    /// <summary>What a killed process may take to be gone, and a callback to see that the start is called off.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    /// <summary>The property that says that somebody stopped it on purpose, whether it ran or not; the next start takes it away.</summary>
    private const string StopWanted = "stop.wanted";
    private readonly Lock gate = new();
    private CancellationTokenSource stop = new();
    private IRunning? running;
    private Task run = Task.CompletedTask;
    private bool closed;

    public IResource Resource => resource;

    /// <summary>The resource's name, or with replicas the instance's own.</summary>
    public string Id => id;

    /// <summary>Nothing of it runs or waits.</summary>
    public bool HasEnded
    {
        get
        {
            lock (gate)
                return run.IsCompleted;
        }
    }

    /// <summary>Starts it; false when it runs or waits already.</summary>
    public bool Start()
    {
        lock (gate)
        {
            if (closed || !run.IsCompleted)
                return false;
            stop = new CancellationTokenSource();

            // A run that follows another is seen to begin before this returns: whoever watches takes no old end for a new one.
            if (context.Notifications.IsKnown(id))
                _ = context.Notifications.PublishUpdateAsync(resource, id, s => s with
                {
                    State = KnownResourceStates.Starting, Properties = s.Properties.With((StopWanted, null), (DependencyWait.GivenUp, null), ("error", null)),
                });
            run = Task.Run(RunAsync);
            return true;
        }
    }

    /// <summary>An end is announced a moment before the run is over: waits for that, so that who has seen the end can start it again.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        Task ending;
        lock (gate)
            ending = run;
        if (ending.IsCompleted || !KnownResourceStates.TerminalStates.Contains(context.Notifications.SnapshotOf(id)?.State?.Text))
            return;
        await Task.WhenAny(ending, Task.Delay(EndLimit, context.Time, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>From now on it is not started any more: the host stops.</summary>
    public void Close()
    {
        lock (gate)
            closed = true;
    }

    /// <summary>Says that it is to stay stopped: also of what does not run now, and is about to be started again.</summary>
    public Task WantStoppedAsync() => context.Notifications.PublishUpdateAsync(resource, id, s => s with { Properties = s.Properties.With((StopWanted, true)) });

    /// <summary>Asks it to stop and waits; past the limit it is killed.</summary>
    /// <param name="limit">The limit.</param>
    /// <param name="leave">The host stops: what is to outlive it is left.</param>
    /// <returns>False when it had to be killed.</returns>
    public async Task<bool> StopAsync(CancellationToken limit, bool leave = false)
    {
        Task ending;
        lock (gate)
        {
            ending = run;
            stop.Cancel();
        }

        if (ending.IsCompleted)
            return true;
        if (running is { } now && !(leave && now.Leave()))
        {
            await UpdateAsync(KnownResourceStates.Stopping).ConfigureAwait(false);
            now.Terminate();
        }

        try
        {
            await ending.WaitAsync(limit).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            Kill();
        }

        try
        {
            await ending.WaitAsync(EndLimit, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // A callback of the application's own holds the start up, or the kernel the process: the caller names the resource.
        }

        return false;
    }

    public void Kill() => running?.Kill();

    private async Task RunAsync()
    {
        ResourceInstances.Enter(resource, index);
        try
        {
            if (!await WaitForDependenciesAsync(stop.Token).ConfigureAwait(false))
                return;
            await UpdateAsync(KnownResourceStates.Starting).ConfigureAwait(false);
            await context.Eventing.PublishAsync(new BeforeResourceStartedEvent(resource, context.Services), stop.Token).ConfigureAwait(false);
            var values = await LaunchValues.OfAsync(resource, context.ExecutionContext, stop.Token).ConfigureAwait(false);
            context.Loggers.Begin(id);
            using var started = resource is ContainerResource container
                ? await new ContainerLaunch(container, context).StartAsync(values, stop.Token).ConfigureAwait(false)
                : RunningProcess.Start(id, ProcessStart.For(resource, values), context);
            running = started;
            if (stop.IsCancellationRequested)
                started.Terminate();
            await RunningAsync(started).ConfigureAwait(false);
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
            running = null;
            context.Loggers.Complete(id);
        }
    }

    private async Task RunningAsync(IRunning started)
    {
        var health = new HealthFollower(resource, id, context);
        await context.Notifications.PublishUpdateAsync(resource, id, s => s with
        {
            State = KnownResourceStates.Running,
            StartTimeStamp = context.Time.GetUtcNow().UtcDateTime,
            StopTimeStamp = null,
            ExitCode = null,
            IsReady = false,
            ReadyFailure = null,
            Properties = s.Properties.With(("pid", started.Id), ("waiting.for", null), ("was.healthy", null), ("error", null), ("progress", null)),
            HealthReports = health.Unknown,
        }).ConfigureAwait(false);
        using var ended = new CancellationTokenSource();
        var following = health.RunAsync(ended.Token);
        var exitCode = await started.Exit.ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
        await following.ConfigureAwait(false);
        running = null;
        if (exitCode is null)
            return; // It lives on without the host.
        var state = resource is ContainerResource ? KnownResourceStates.Exited : KnownResourceStates.Finished;
        await context.Notifications.PublishUpdateAsync(resource, id, s => s with
        {
            State = state, ExitCode = exitCode, StopTimeStamp = context.Time.GetUtcNow().UtcDateTime, HealthReports = [],
        }).ConfigureAwait(false);
        context.Notifications.TryGetCurrentState(id, out var last);
        await context.Eventing.PublishAsync(new ResourceStoppedEvent(resource, context.Services, last!)).ConfigureAwait(false);
    }

    private async Task<bool> WaitForDependenciesAsync(CancellationToken cancellationToken)
    {
        var waits = resource.Annotations.OfType<WaitAnnotation>().ToList();
        foreach (var wait in waits)
        {
            var unmet = waits.Where(w => DependencyWait.IsMet(w, Instances(w)) != true).ToList();
            if (unmet.Count == 0)
                return true;
            if (!unmet.Contains(wait))
                continue;
            var others = string.Join(", ", unmet.Select(DependencyWait.Describe));
            await context.Notifications.PublishUpdateAsync(resource, id, s => s with
            {
                State = KnownResourceStates.Waiting, Properties = s.Properties.With(("waiting.for", others)),
            }).ConfigureAwait(false);
            if (await WaitForAsync(wait, cancellationToken).ConfigureAwait(false) is { } fate)
            {
                await FailAsync($"{wait.Resource.Name}, which it waits for, {fate}", isHopeless: true).ConfigureAwait(false);
                return false;
            }
        }

        return true;
    }

    /// <summary>Waits until a wait is met.</summary>
    /// <returns>Null: it is. Else why it will not be, or was waited for long enough.</returns>
    private async Task<string?> WaitForAsync(WaitAnnotation wait, CancellationToken cancellationToken)
    {
        var patience = wait.WaitType == WaitType.WaitUntilHealthy ? HealthPatience.Of(wait.Resource, context.Configuration) : null;
        using var limit = new CancellationTokenSource(Timeout.InfiniteTimeSpan, context.Time);
        using var stopped = cancellationToken.UnsafeRegister(static l => ((CancellationTokenSource)l!).Cancel(), limit);
        string? ailment = null;
        IReadOnlyList<CustomResourceSnapshot?> seen = [];
        bool IsDecided()
        {
            seen = Instances(wait);
            if (DependencyWait.IsMet(wait, seen) is not null)
                return true;
            var (before, now) = (ailment, DependencyWait.Ailment(seen));
            ailment = now;

            // Its time runs from when it runs, or from when somebody waits for it.
            if (patience is { } most && (before is null) != (now is null))
                limit.CancelAfter(now is null ? Timeout.InfiniteTimeSpan : most);
            return false;
        }

        try
        {
            await context.Notifications.WaitForResourceAsync(wait.Resource.Name, _ => IsDecided(), limit.Token).ConfigureAwait(false);
            return DependencyWait.IsMet(wait, seen) == false ? DependencyWait.Fate(wait, seen) : null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return string.Create(CultureInfo.InvariantCulture, $"has run for {patience!.Value.TotalSeconds:0.#} s without getting healthy: {ailment}");
        }
    }

    private List<CustomResourceSnapshot?> Instances(WaitAnnotation wait) => [.. ResourceInstances.IdsOf(wait.Resource).Select(context.Notifications.SnapshotOf)];

    private Task UpdateAsync(string state) => context.Notifications.PublishUpdateAsync(resource, id, s => s with { State = state });

    private Task FailAsync(string error, bool isHopeless = false) => context.Notifications.PublishUpdateAsync(resource, id, s => s with
    {
        State = KnownResourceStates.FailedToStart,
        Properties = s.Properties.With(("error", error), ("progress", null), (DependencyWait.GivenUp, isHopeless ? error : null)),
        HealthReports = [],
    });
}
