using System.Diagnostics;
using System.Globalization;
using System.Xml.Linq;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal;

/// <summary>What to start for a resource: program, arguments, environment, folder.</summary>
internal static class ProcessStart
{
    /// <exception cref="DistributedApplicationException">There is nothing to start; the message says the mend.</exception>
    public static ProcessStartInfo For(IResource resource, LaunchValues values)
    {
        var start = resource switch
        {
            ExecutableResource executable => Executable(executable, values.Args),
            ProjectResource project => Project(project, values.Args),
            _ => throw new DistributedApplicationException($"A {resource.GetType().Name} cannot be started."),
        };
        foreach (var (name, value) in values.Variables)
            start.Environment[name] = value;
        return start;
    }

    private static ProcessStartInfo Executable(ExecutableResource executable, IReadOnlyList<string> args)
    {
        var start = Session.Start(executable.Command, args);
        start.WorkingDirectory = executable.WorkingDirectory;
        return start;
    }

    /// <summary>The built program beside the host's own configuration and framework, never <c>dotnet run</c>.</summary>
    private static ProcessStartInfo Project(ProjectResource project, IReadOnlyList<string> args)
    {
        var path = project.Annotations.OfType<IProjectMetadata>().Single().ProjectPath;
        if (!File.Exists(path))
            throw new DistributedApplicationException($"There is no project file {path}.");
        var folder = Path.GetDirectoryName(path)!;
        var own = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar).Split(Path.DirectorySeparatorChar);
        var (configuration, framework) = (own[^2], own[^1]);
        var name = XDocument.Load(path).Descendants("AssemblyName").FirstOrDefault()?.Value ?? Path.GetFileNameWithoutExtension(path);
        var program = Path.Combine(folder, "bin", configuration, framework, name);
        ProcessStartInfo start;
        if (File.Exists(program))
            start = Session.Start(program, args);
        else if (File.Exists(program + ".dll"))
            start = Session.Start(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet", [program + ".dll", .. args]);
        else
            throw new DistributedApplicationException($"{program}.dll is not there; build it: dotnet build {path} -c {configuration}");
        start.WorkingDirectory = folder;

        // As Aspire: a web program behind a proxy is told where to listen, unless a variable of the endpoint's own tells it.
        if (project.Annotations.OfType<EndpointAnnotation>().Where(e => e.InstancePorts.Count > 0 && !e.HasVariable && e.UriScheme is "http" or "https").ToList() is { Count: > 0 } web)
            start.Environment["ASPNETCORE_URLS"] = string.Join(';', web.Select(e => string.Create(
                CultureInfo.InvariantCulture, $"{e.UriScheme}://localhost:{new EndpointReference(project, e.Name).TargetPort}")));

        // Many small processes share few cores: a worker without work must sleep, not spin. The programs of this solution are built so; a user's own is told.
        start.Environment.TryAdd("DOTNET_ThreadPool_UnfairSemaphoreSpinLimit", "0");

        // And share its memory: new objects are collected after a MB. By itself the runtime takes what the processor's cache holds, which may be hundreds of MB for each.
        start.Environment.TryAdd("DOTNET_GCgen0size", "0x100000");
        return start;
    }
}
