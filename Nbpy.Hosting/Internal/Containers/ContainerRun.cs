using System.Globalization;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal.Containers;

/// <summary>A container that has been started: its log is followed, its end is found by asking the runtime, and one of the session's is then removed.</summary>
internal sealed class ContainerRun : IRunning
{
    private const int MaxFailures = 5;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>How long the runtime waits between SIGTERM and SIGKILL; the host's own limits come before.</summary>
    private const int StopSeconds = 60;
    private readonly string resource;
    private readonly string name;
    private readonly bool isPersistent;
    private readonly RunnerContext context;
    private readonly CancellationTokenSource leaving = new();
    private RunningProcess? log;
    private Task stopping = Task.CompletedTask;

    private ContainerRun(IResource container, string name, int id, bool isNew, RunnerContext context)
    {
        resource = container.Name;
        this.name = name;
        isPersistent = ContainerHost.IsPersistent(container);
        this.context = context;
        Id = id;
        if (!isPersistent)
            context.Guardian.AddContainer(Cli.Path, name);
        Exit = Task.Run(() => FollowAsync(isNew ? ["--follow"] : ["--follow", "--tail", "100"]));
    }

    public int Id { get; }

    public Task<int?> Exit { get; }

    private ContainerCli Cli => context.Containers.Cli;

    public static async Task<ContainerRun> FollowAsync(ContainerResource container, string name, bool isNew, RunnerContext context, CancellationToken cancellationToken)
    {
        var host = context.Containers;
        var found = await host.Cli.RunAsync(host.Limit, ["container", "inspect", "--format", "{{.State.Pid}} {{.Id}}", name], cancellationToken).ConfigureAwait(false);
        var words = found.Success ? found.Output.Split(' ') : throw new DistributedApplicationException($"The container {name} is gone: {found.Reason}.");
        await context.Notifications.PublishUpdateAsync(
            container, s => s with { Properties = s.Properties.With(("container.id", words[1][..Math.Min(12, words[1].Length)]), ("container.name", name)) }).ConfigureAwait(false);
        return new ContainerRun(container, name, int.Parse(words[0], CultureInfo.InvariantCulture), isNew, context);
    }

    public void Terminate() => stopping = TryAsync("stop", "--time", StopSeconds.ToString(CultureInfo.InvariantCulture), name);

    public void Kill() => stopping = TryAsync("kill", name);

    public bool Leave()
    {
        if (!isPersistent)
            return false;
        leaving.Cancel();
        log?.Terminate();
        return true;
    }

    public void Dispose()
    {
        log?.Dispose();
        leaving.Dispose();
    }

    private async Task<int?> FollowAsync(string[] options)
    {
        var failures = 0;
        while (true)
        {
            using (log = RunningProcess.Start(resource, Session.Start(Cli.Path, ["logs", .. options, name]), context))
            {
                if (leaving.IsCancellationRequested)
                    log.Terminate();
                await log.Exit.ConfigureAwait(false);
            }

            if (leaving.IsCancellationRequested)
                return null;
            var (exitCode, isSure) = await ExitCodeAsync().ConfigureAwait(false);
            failures = isSure ? 0 : failures + 1;
            if (exitCode is { } ended || failures >= MaxFailures)
            {
                await EndAsync().ConfigureAwait(false);
                return exitCode ?? -1;
            }

            // The log ended, the container did not: the engine was restarted, or is busy.
            await Task.Delay(Pause, context.Time).ConfigureAwait(false);
            options = ["--follow", "--since", context.Time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)];
        }
    }

    /// <summary>The code it ended with; null while it runs, and when the runtime does not say (then not sure).</summary>
    private async Task<(int? ExitCode, bool IsSure)> ExitCodeAsync()
    {
        try
        {
            var found = await Cli.RunAsync(
                context.Containers.Limit, ["container", "inspect", "--format", "{{.State.Running}} {{.State.ExitCode}}", name], CancellationToken.None).ConfigureAwait(false);
            if (!found.Success)
                return found.Error.Contains("o such container", StringComparison.OrdinalIgnoreCase) ? (137, true) : Unsure(found.Reason);
            var words = found.Output.Split(' ');
            return (words[0] == "true" ? null : int.Parse(words[1], CultureInfo.InvariantCulture), true);
        }
        catch (DistributedApplicationException e)
        {
            return Unsure(e.Message);
        }
    }

    private (int? ExitCode, bool IsSure) Unsure(string reason)
    {
        context.Loggers.Add(resource, $"Whether the container {name} still runs is not known: {reason}", true);
        return (null, false);
    }

    private async Task EndAsync()
    {
        await stopping.ConfigureAwait(false);
        if (isPersistent)
            return;
        await TryAsync("rm", "--force", "--volumes", name).ConfigureAwait(false);
        context.Guardian.RemoveContainer(name);
    }

    private async Task TryAsync(params string[] args)
    {
        try
        {
            var done = await Cli.RunAsync(TimeSpan.FromSeconds(StopSeconds) + context.Containers.Limit, args, CancellationToken.None).ConfigureAwait(false);
            if (!done.Success && !done.Error.Contains("is not running", StringComparison.Ordinal) && !done.Error.Contains("o such container", StringComparison.OrdinalIgnoreCase))
                context.Loggers.Add(resource, $"{Cli.Name} {args[0]} {name}: {done.Reason}", true);
        }
        catch (DistributedApplicationException e)
        {
            context.Loggers.Add(resource, e.Message, true);
        }
    }
}
