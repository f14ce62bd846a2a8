using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting;

/// <summary>Programs of the machine.</summary>
public static class ExecutableResourceBuilderExtensions
{
    /// <summary>A program of the machine.</summary>
    public static IResourceBuilder<ExecutableResource> AddExecutable(
        this IDistributedApplicationBuilder builder, string name, string command, string workingDirectory, params string[]? args) =>
        builder.AddResource(new ExecutableResource(name, command, Path.GetFullPath(workingDirectory, builder.AppHostDirectory))).WithArgs(args ?? []);
}
