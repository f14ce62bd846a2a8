using Nbpy.Hosting.ApplicationModel;
using Nbpy.Hosting.Internal;

namespace Nbpy.Hosting;

/// <summary>Programs of the machine.</summary>
public static class ExecutableResourceBuilderExtensions
{
    /// <summary>A program of the machine.</summary>
    public static IResourceBuilder<ExecutableResource> AddExecutable(
        this IDistributedApplicationBuilder builder, string name, string command, string workingDirectory, params string[]? args) =>
        builder.AddResource(new ExecutableResource(name, command, Path.GetFullPath(workingDirectory, builder.AppHostDirectory))).WithArgs(args ?? []);

    /// <summary>Published, it is the container of the <c>Dockerfile</c> in its working folder; run, it stays what it is.</summary>
    public static IResourceBuilder<T> PublishAsDockerFile<T>(this IResourceBuilder<T> builder)
        where T : ExecutableResource => builder.PublishAsDockerFile(configure: null);

    /// <summary>Published, it is the container of the <c>Dockerfile</c> in its working folder; run, it stays what it is.</summary>
    /// <param name="builder">The program.</param>
    /// <param name="configure">Changes the container, for example with <c>WithBuildArg</c>.</param>
    public static IResourceBuilder<T> PublishAsDockerFile<T>(this IResourceBuilder<T> builder, Action<IResourceBuilder<ContainerResource>>? configure)
        where T : ExecutableResource => builder.Publish(builder.Resource.WorkingDirectory, configure);
}
