using System.Diagnostics;
using System.Globalization;
using System.Xml.Linq;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal;

/// <summary>What to start for a resource: program, arguments, environment, folder.</summary>
internal static class ProcessStart
{
    /// <exception cref="DistributedApplicationException">There is nothing to start; the message says the mend.</exception>
    public static async Task<ProcessStartInfo> ForAsync(IResource resource, RunnerContext context, CancellationToken cancellationToken)
    {
        var environment = new EnvironmentCallbackContext(context.ExecutionContext, resource, cancellationToken);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToList())
            await annotation.Callback(environment).ConfigureAwait(false);
        var args = new CommandLineArgsCallbackContext([], cancellationToken);
        foreach (var annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>().ToList())
            await annotation.Callback(args).ConfigureAwait(false);

        var values = new List<string>();
        foreach (var arg in args.Args)
            values.Add(await TextAsync(arg, cancellationToken).ConfigureAwait(false));
        var variables = new Dictionary<string, string>();
        foreach (var (name, value) in environment.EnvironmentVariables)
            variables[name] = await TextAsync(value, cancellationToken).ConfigureAwait(false);

        if (resource is ContainerResource container)
            return ContainerStart.For(container, values, variables);
        var start = resource switch
        {
            ExecutableResource executable => Executable(executable, values),
            ProjectResource project => Project(project, values),
            _ => throw new DistributedApplicationException($"A {resource.GetType().Name} cannot be started."),
        };
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        return start;
    }

    private static async ValueTask<string> TextAsync(object value, CancellationToken cancellationToken) =>
        value is IValueProvider provider
            ? await provider.GetValueAsync(cancellationToken).ConfigureAwait(false) ?? ""
            : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    private static ProcessStartInfo Executable(ExecutableResource executable, List<string> args)
    {
        var start = Session.Start(executable.Command, args);
        start.WorkingDirectory = executable.WorkingDirectory;
        return start;
    }

    /// <summary>The built program beside the host's own configuration and framework, never <c>dotnet run</c>.</summary>
    private static ProcessStartInfo Project(ProjectResource project, List<string> args)
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

        // Many small processes share few cores: a worker without work must sleep, not spin.
        start.Environment.TryAdd("DOTNET_ThreadPool_UnfairSemaphoreSpinLimit", "0");
        return start;
    }
}
