using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal;

/// <summary>Programs that are published as images of their own Dockerfiles.</summary>
internal static class DockerFilePublishing
{
    internal static IResourceBuilder<T> Publish<T>(this IResourceBuilder<T> builder, string folder, Action<IResourceBuilder<ContainerResource>>? configure)
        where T : IResource
    {
        var application = builder.ApplicationBuilder;
        if (application.ExecutionContext.IsRunMode)
            return builder;
        var index = application.Resources.IndexOf(builder.Resource);
        if (index < 0)
            return builder; // Said twice.
        var container = new PublishedContainerResource(builder.Resource);
        application.Resources[index] = container;
        var published = application.CreateResourceBuilder<ContainerResource>(container).WithDockerfile(folder);
        configure?.Invoke(published);
        return builder;
    }

    /// <summary>What stands for a program in a published application: its name and all that was and will be said of it.</summary>
    private sealed class PublishedContainerResource(IResource source) : ContainerResource(source.Name)
    {
        public override ResourceAnnotationCollection Annotations => source.Annotations;
    }
}
