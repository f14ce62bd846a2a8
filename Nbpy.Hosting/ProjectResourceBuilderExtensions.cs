using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting;

/// <summary>.NET projects.</summary>
public static class ProjectResourceBuilderExtensions
{
    /// <summary>A .NET project, by the path of its project file or folder.</summary>
    public static IResourceBuilder<ProjectResource> AddProject(this IDistributedApplicationBuilder builder, string name, string projectPath) =>
        builder.AddResource(new ProjectResource(name)).WithAnnotation(new ProjectMetadata(Path.GetFullPath(projectPath, builder.AppHostDirectory)));

    private sealed class ProjectMetadata(string path) : IProjectMetadata
    {
        public string ProjectPath => path;
    }
}
