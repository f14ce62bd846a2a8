using System.Diagnostics;
using System.Globalization;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal;

/// <summary>A container as a process: the runtime's <c>run</c>, attached, so that it ends and logs like any other.</summary>
internal static class ContainerStart
{
    private static readonly string[] Runtimes = ["docker", "podman"];

    /// <exception cref="DistributedApplicationException">There is no container runtime.</exception>
    public static ProcessStartInfo For(ContainerResource container, List<string> args, Dictionary<string, string> variables)
    {
        var runtime = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(d => Runtimes.Select(r => Path.Combine(d, r))).FirstOrDefault(File.Exists)
            ?? throw new DistributedApplicationException("There is no container runtime (docker or podman) on the PATH; install one, or choose the embedded part.");
        var image = container.Annotations.OfType<ContainerImageAnnotation>().Single();
        var command = new List<string> { "run", "--rm", "--name", container.Annotations.OfType<ContainerNameAnnotation>().SingleOrDefault()?.Name ?? $"nbpy-{container.Name}" };
        foreach (var endpoint in container.Annotations.OfType<EndpointAnnotation>())
            command.AddRange(["-p", string.Create(CultureInfo.InvariantCulture, $"{(endpoint.IsExternal ? "" : "127.0.0.1:")}{endpoint.AllocatedPort}:{endpoint.TargetPort ?? endpoint.AllocatedPort}")]);
        foreach (var mount in container.Annotations.OfType<ContainerMountAnnotation>())
            command.AddRange(["-v", $"{(mount.Source is null ? "" : mount.Source + ":")}{mount.Target}{(mount.IsReadOnly ? ":ro" : "")}"]);

        // Values go through the environment, so that no secret shows in the process list.
        foreach (var name in variables.Keys)
            command.AddRange(["-e", name]);
        if (container.Entrypoint is not null)
            command.AddRange(["--entrypoint", container.Entrypoint]);
        command.Add(image.Tag is null ? image.Image : $"{image.Image}:{image.Tag}");
        command.AddRange(args);
        var start = Session.Start(runtime, command);
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        return start;
    }
}
