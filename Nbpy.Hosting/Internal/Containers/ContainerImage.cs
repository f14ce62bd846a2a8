using System.Globalization;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal.Containers;

/// <summary>Sees to a container's image: builds it, pulls it, or finds it, as the resource says, with the progress in the resource's state.</summary>
internal sealed class ContainerImage(ContainerResource container, RunnerContext context)
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(250);
    private readonly ContainerHost host = context.Containers;

    /// <returns>The image's name and its id.</returns>
    /// <exception cref="DistributedApplicationException">There is none; the message says the mend.</exception>
    public async Task<(string Name, string Id)> EnsureAsync(CancellationToken cancellationToken)
    {
        if (container.Annotations.OfType<DockerfileBuildAnnotation>().LastOrDefault() is { } build)
            return await BuildAsync(build, cancellationToken).ConfigureAwait(false);
        var annotation = container.Annotations.OfType<ContainerImageAnnotation>().LastOrDefault()
            ?? throw new DistributedApplicationException($"'{container.Name}' has no image; give it one with AddContainer(name, image) or WithDockerfile.");
        var name = annotation.Tag is null ? annotation.Image : $"{annotation.Image}:{annotation.Tag}";
        var policy = container.Annotations.OfType<ContainerImagePullPolicyAnnotation>().LastOrDefault()?.ImagePullPolicy ?? ImagePullPolicy.Default;
        if (policy == ImagePullPolicy.Always)
            await PullAsync(name, cancellationToken).ConfigureAwait(false);
        else if (await FindAsync(name, cancellationToken).ConfigureAwait(false) is { } found)
            return (name, found);
        else if (policy == ImagePullPolicy.Never)
            throw new DistributedApplicationException($"The image {name} is not there, and its pull policy is Never. Make it ('{host.Cli.Name} pull {name}', or build it), or choose another.");
        else
            await PullAsync(name, cancellationToken).ConfigureAwait(false);
        return (name, await FindAsync(name, cancellationToken).ConfigureAwait(false)
            ?? throw new DistributedApplicationException($"{host.Cli.Name} says it pulled {name}, but it is not there."));
    }

    private async Task<string?> FindAsync(string name, CancellationToken cancellationToken)
    {
        var found = await host.Cli.RunAsync(host.Limit, ["image", "inspect", "--format", "{{.Id}}", name], cancellationToken).ConfigureAwait(false);
        return found.Success ? found.Output.Trim() : null;
    }

    private async Task PullAsync(string name, CancellationToken cancellationToken)
    {
        var pulled = await FollowAsync("Pulling", name, ["pull", name], cancellationToken).ConfigureAwait(false);
        if (!pulled.Success)
            throw new DistributedApplicationException($"The image {name} could not be pulled: {pulled.Reason}. Check its name and the way to its registry ('{host.Cli.Name} pull {name}'), build it here, or choose the embedded part.");
    }

    private async Task<(string Name, string Id)> BuildAsync(DockerfileBuildAnnotation build, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(build.ContextPath))
            throw new DistributedApplicationException($"The folder {build.ContextPath}, from which the image of '{container.Name}' is to be built, is not there.");
        if (!File.Exists(build.DockerfilePath))
            throw new DistributedApplicationException($"There is no {build.DockerfilePath} to build the image of '{container.Name}' from.");
        var name = $"nbpy-{container.Name.ToLowerInvariant()}:{host.Suffix}";
        var args = new List<string> { "build", "--tag", name, "--file", build.DockerfilePath };
        if (build.Stage is not null)
            args.AddRange(["--target", build.Stage]);

        // Values go through the runtime's environment, so that no secret shows in the process list.
        var variables = new Dictionary<string, string>();
        foreach (var (key, value) in build.BuildArguments)
        {
            args.AddRange(["--build-arg", key]);
            variables[key] = await LaunchValues.TextAsync(value, cancellationToken).ConfigureAwait(false);
        }

        args.Add(build.ContextPath);
        var built = await FollowAsync("Building", name, args, cancellationToken, variables).ConfigureAwait(false);
        if (!built.Success)
            throw new DistributedApplicationException($"The image of '{container.Name}' could not be built from {build.DockerfilePath}: {built.Reason}. Its log has the whole build.");
        return (name, await FindAsync(name, cancellationToken).ConfigureAwait(false) ?? throw new DistributedApplicationException($"{host.Cli.Name} says it built {name}, but it is not there."));
    }

    private async Task<CliResult> FollowAsync(
        string state, string image, IReadOnlyList<string> args, CancellationToken cancellationToken, IReadOnlyDictionary<string, string>? variables = null)
    {
        var progress = new ImageProgress();
        var reported = context.Time.GetTimestamp();
        var gate = new Lock();
        Report(image);
        return await host.Cli.RunAsync(host.ImageLimit, args, cancellationToken, OnLine, variables).ConfigureAwait(false);

        void OnLine(string line)
        {
            context.Loggers.Add(container.Name, line, false);
            context.Logs.Write(container.Name, line);
            lock (gate)
            {
                if (progress.Read(line) is not { } words || context.Time.GetElapsedTime(reported) < ReportInterval)
                    return;
                reported = context.Time.GetTimestamp();
                Report(string.Create(CultureInfo.InvariantCulture, $"{image}: {words}"));
            }
        }

        void Report(string words) => _ = context.Notifications.PublishUpdateAsync(
            container, s => s with { State = state, Properties = s.Properties.With(("progress", words)) });
    }
}
