using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal.Containers;

/// <summary>Starts a container: image, network, what is left of an earlier run, create, start. A persistent container that is as it should be is
/// used again; anything of ours that is not is replaced; what is not ours is left alone.</summary>
internal sealed class ContainerLaunch(ContainerResource container, RunnerContext context)
{
    private readonly ContainerHost host = context.Containers;
    private readonly string name = context.Containers.NameOf(container);

    /// <exception cref="DistributedApplicationException">It does not start; the message says the mend.</exception>
    public async Task<IRunning> StartAsync(LaunchValues values, CancellationToken cancellationToken)
    {
        await ProbeAsync(cancellationToken).ConfigureAwait(false);
        var (image, imageId) = await new ContainerImage(container, context).EnsureAsync(cancellationToken).ConfigureAwait(false);
        await context.Notifications.PublishUpdateAsync(
            container, s => s with { State = KnownResourceStates.Starting, Properties = s.Properties.With(("progress", null), ("container.image", image)) }).ConfigureAwait(false);
        var runtimeArgs = new ContainerRuntimeArgsCallbackContext([], cancellationToken);
        foreach (var annotation in container.Annotations.OfType<ContainerRuntimeArgsCallbackAnnotation>())
            await annotation.Callback(runtimeArgs).ConfigureAwait(false);
        var extra = new List<string>();
        foreach (var arg in runtimeArgs.Args)
            extra.Add(await LaunchValues.TextAsync(arg, cancellationToken).ConfigureAwait(false));
        var arguments = ContainerArguments.For(container, host, image, imageId, extra, values);
        if (arguments.Values.Contains(host.Network))
            await host.EnsureNetworkAsync(cancellationToken).ConfigureAwait(false);

        var state = await ExistingAsync(arguments.Fingerprint, cancellationToken).ConfigureAwait(false);
        if (state is null)
        {
            CheckPorts();
            var created = await host.Cli.RunAsync(host.Limit, arguments.Values, cancellationToken, variables: values.Variables).ConfigureAwait(false);
            if (!created.Success)
                throw new DistributedApplicationException($"The container {name} could not be made: {created.Reason}.");
        }

        try
        {
            if (state != "running")
                await StartCreatedAsync(cancellationToken).ConfigureAwait(false);
            return await ContainerRun.FollowAsync(container, name, isNew: state is null, context, cancellationToken).ConfigureAwait(false);
        }
        catch when (state is null)
        {
            // What was made for this start does not stay behind.
            await host.Cli.RunAsync(host.Limit, ["rm", "--force", "--volumes", name], CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private async Task ProbeAsync(CancellationToken cancellationToken)
    {
        var answer = await host.Cli.RunAsync(host.Limit, ["version", "--format", "{{.Server.Version}}"], cancellationToken).ConfigureAwait(false);
        if (!answer.Success)
            throw new DistributedApplicationException($"{host.Cli.Name} is installed, but its engine does not answer: {answer.Reason}. Start it (for example 'systemctl start docker'), or choose the embedded part.");
    }

    /// <summary>The state of the container to be used again; null when there is none, or none any more.</summary>
    private async Task<string?> ExistingAsync(string fingerprint, CancellationToken cancellationToken)
    {
        const string format = $"{{{{.State.Status}}}}\n{{{{index .Config.Labels \"{ContainerHost.OwnerLabel}\"}}}}\n{{{{index .Config.Labels \"{ContainerHost.ConfigLabel}\"}}}}\n{{{{.Config.Image}}}}";
        var found = await host.Cli.RunAsync(host.Limit, ["container", "inspect", "--format", format, name], cancellationToken).ConfigureAwait(false);
        if (!found.Success)
            return null;
        var lines = found.Output.Split('\n');
        var (state, owner, hash, image) = (lines[0], lines.ElementAtOrDefault(1), lines.ElementAtOrDefault(2), lines.ElementAtOrDefault(3));
        if (owner != host.Owner)
            throw new DistributedApplicationException($"The container name {name} is taken by one that this application did not make (image {image}, {state}). Remove that one ('{host.Cli.Name} rm --force {name}'), or give '{container.Name}' another name.");
        if (ContainerHost.IsPersistent(container) && hash == fingerprint && state is "running" or "exited" or "created")
            return state;
        var what = ContainerHost.IsPersistent(container) ? "is not as it should be any more and is replaced" : "was left by an earlier run and is removed";
        context.Loggers.Add(container.Name, $"The container {name} ({state}) {what}.", false);
        var removed = await host.Cli.RunAsync(host.Limit, ["rm", "--force", "--volumes", name], cancellationToken).ConfigureAwait(false);
        if (!removed.Success)
            throw new DistributedApplicationException($"The container {name} of an earlier run could not be removed: {removed.Reason}. Remove it by hand: '{host.Cli.Name} rm --force {name}'.");
        return null;
    }

    private void CheckPorts()
    {
        var taken = container.Annotations.OfType<EndpointAnnotation>().Select(e => e.AllocatedPort!.Value).Where(p => !Endpoints.EndpointAllocation.IsFree(p)).ToList();
        if (taken.Count > 0)
            throw new DistributedApplicationException(string.Join(' ', taken.Select(p => $"Port {p}, which '{container.Name}' needs, is taken by {PortCheck.Holder(p)}.")) + " Stop what holds it, or choose another in the configuration.");
    }

    private async Task StartCreatedAsync(CancellationToken cancellationToken)
    {
        var started = await host.Cli.RunAsync(host.Limit, ["start", name], cancellationToken).ConfigureAwait(false);
        if (started.Success)
            return;
        if (started.Error.Contains("already allocated", StringComparison.Ordinal) || started.Error.Contains("address already in use", StringComparison.Ordinal))
            CheckPorts();
        throw new DistributedApplicationException($"The container {name} could not be started: {started.Error.Replace('\n', ' ')}.");
    }
}
