using Nbpy.Hosting.ApplicationModel;
using Nbpy.Hosting.Internal;

namespace Nbpy.Hosting;

/// <summary>.NET projects.</summary>
public static class ProjectResourceBuilderExtensions
{
    /// <summary>A .NET project, by the path of its project file or folder.</summary>
    public static IResourceBuilder<ProjectResource> AddProject(this IDistributedApplicationBuilder builder, string name, string projectPath) =>
        builder.AddResource(new ProjectResource(name)).WithAnnotation(new ProjectMetadata(Path.GetFullPath(projectPath, builder.AppHostDirectory)));

    /// <summary>That many processes of the project run, each with its id (<c>NAME-1</c>, …), its log and its state; the proxies of its endpoints
    /// pass connections on to them in turn.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not 1 to 100.</exception>
    public static IResourceBuilder<ProjectResource> WithReplicas(this IResourceBuilder<ProjectResource> builder, int replicas)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(replicas, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(replicas, 100);
        return builder.WithAnnotation(new ReplicaAnnotation(replicas));
    }

    /// <summary>Published, it is the container of the <c>Dockerfile</c> in its project's folder; run, it stays what it is.</summary>
    public static IResourceBuilder<T> PublishAsDockerFile<T>(this IResourceBuilder<T> builder, Action<IResourceBuilder<ContainerResource>>? configure = null)
        where T : ProjectResource =>
        builder.Publish(Path.GetDirectoryName(builder.Resource.Annotations.OfType<IProjectMetadata>().Single().ProjectPath)!, configure);

    private sealed class ProjectMetadata(string path) : IProjectMetadata
    {
        public string ProjectPath => path;
    }
}
