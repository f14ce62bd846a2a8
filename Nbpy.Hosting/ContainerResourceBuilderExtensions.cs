using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting;

/// <summary>Containers.</summary>
public static class ContainerResourceBuilderExtensions
{
    /// <summary>A container of an image, with the runtime's default tag.</summary>
    public static IResourceBuilder<ContainerResource> AddContainer(this IDistributedApplicationBuilder builder, string name, string image) =>
        builder.AddResource(new ContainerResource(name)).WithAnnotation(new ContainerImageAnnotation { Image = image });

    /// <summary>A container of an image and tag.</summary>
    public static IResourceBuilder<ContainerResource> AddContainer(this IDistributedApplicationBuilder builder, string name, string image, string tag) =>
        builder.AddResource(new ContainerResource(name)).WithAnnotation(new ContainerImageAnnotation { Image = image, Tag = tag });

    /// <summary>A container whose image is built from a Dockerfile before it starts.</summary>
    public static IResourceBuilder<ContainerResource> AddDockerfile(
        this IDistributedApplicationBuilder builder, string name, string contextPath, string? dockerfilePath = null, string? stage = null) =>
        builder.AddResource(new ContainerResource(name)).WithDockerfile(contextPath, dockerfilePath, stage);

    /// <summary>Another image.</summary>
    public static IResourceBuilder<T> WithImage<T>(this IResourceBuilder<T> builder, string image, string? tag = null)
        where T : ContainerResource => builder.WithAnnotation(new ContainerImageAnnotation { Image = image, Tag = tag });

    /// <summary>Another tag of its image.</summary>
    /// <exception cref="InvalidOperationException">It has no image.</exception>
    public static IResourceBuilder<T> WithImageTag<T>(this IResourceBuilder<T> builder, string tag)
        where T : ContainerResource
    {
        var image = builder.Resource.Annotations.OfType<ContainerImageAnnotation>().LastOrDefault()
            ?? throw new InvalidOperationException($"'{builder.Resource.Name}' has no image to take the tag {tag} of; use WithImage.");
        image.Tag = tag;
        return builder;
    }

    /// <summary>The value of an <c>ARG</c> of its Dockerfile: a string, an expression, a parameter.</summary>
    /// <exception cref="InvalidOperationException">It has no Dockerfile.</exception>
    public static IResourceBuilder<T> WithBuildArg<T>(this IResourceBuilder<T> builder, string name, object? value)
        where T : ContainerResource
    {
        var build = builder.Resource.Annotations.OfType<DockerfileBuildAnnotation>().LastOrDefault()
            ?? throw new InvalidOperationException($"'{builder.Resource.Name}' has no Dockerfile to give {name} to; call WithDockerfile first.");
        build.BuildArguments[name] = value;
        return builder;
    }

    /// <summary>The value of an <c>ARG</c> of its Dockerfile: a parameter.</summary>
    /// <exception cref="InvalidOperationException">It has no Dockerfile.</exception>
    public static IResourceBuilder<T> WithBuildArg<T>(this IResourceBuilder<T> builder, string name, IResourceBuilder<ParameterResource> value)
        where T : ContainerResource => builder.WithBuildArg(name, (object?)value.Resource);

    /// <summary>A volume; without a name, one that goes with the container.</summary>
    public static IResourceBuilder<T> WithVolume<T>(this IResourceBuilder<T> builder, string? name, string target, bool isReadOnly = false)
        where T : ContainerResource => builder.WithAnnotation(new ContainerMountAnnotation(name, target, ContainerMountType.Volume, isReadOnly));

    /// <summary>A folder or file of the machine.</summary>
    public static IResourceBuilder<T> WithBindMount<T>(this IResourceBuilder<T> builder, string source, string target, bool isReadOnly = false)
        where T : ContainerResource =>
        builder.WithAnnotation(new ContainerMountAnnotation(Path.GetFullPath(source, builder.ApplicationBuilder.AppHostDirectory), target, ContainerMountType.BindMount, isReadOnly));

    /// <summary>How long it lives.</summary>
    public static IResourceBuilder<T> WithLifetime<T>(this IResourceBuilder<T> builder, ContainerLifetime lifetime)
        where T : ContainerResource => builder.WithAnnotation(new ContainerLifetimeAnnotation { Lifetime = lifetime });

    /// <summary>Its name at the runtime.</summary>
    public static IResourceBuilder<T> WithContainerName<T>(this IResourceBuilder<T> builder, string name)
        where T : ContainerResource => builder.WithAnnotation(new ContainerNameAnnotation { Name = name });

    /// <summary>Its entry point.</summary>
    public static IResourceBuilder<T> WithEntrypoint<T>(this IResourceBuilder<T> builder, string entrypoint)
        where T : ContainerResource
    {
        builder.Resource.Entrypoint = entrypoint;
        return builder;
    }

    /// <summary>When its image is pulled.</summary>
    public static IResourceBuilder<T> WithImagePullPolicy<T>(this IResourceBuilder<T> builder, ImagePullPolicy pullPolicy)
        where T : ContainerResource => builder.WithAnnotation(new ContainerImagePullPolicyAnnotation { ImagePullPolicy = pullPolicy });

    /// <summary>Arguments for the container runtime itself, before the image's name.</summary>
    public static IResourceBuilder<T> WithContainerRuntimeArgs<T>(this IResourceBuilder<T> builder, params string[] args)
        where T : ContainerResource => builder.WithContainerRuntimeArgs(c => Array.ForEach(args, c.Args.Add));

    /// <summary>Arguments for the container runtime itself, from a callback.</summary>
    public static IResourceBuilder<T> WithContainerRuntimeArgs<T>(this IResourceBuilder<T> builder, Action<ContainerRuntimeArgsCallbackContext> callback)
        where T : ContainerResource =>
        builder.WithAnnotation(new ContainerRuntimeArgsCallbackAnnotation(c => { callback(c); return Task.CompletedTask; }));

    /// <summary>Arguments for the container runtime itself, from an asynchronous callback.</summary>
    public static IResourceBuilder<T> WithContainerRuntimeArgs<T>(this IResourceBuilder<T> builder, Func<ContainerRuntimeArgsCallbackContext, Task> callback)
        where T : ContainerResource => builder.WithAnnotation(new ContainerRuntimeArgsCallbackAnnotation(callback));

    /// <summary>Its image is built from a Dockerfile before it starts.</summary>
    /// <param name="builder">The container.</param>
    /// <param name="contextPath">The build's folder, relative to the app host's.</param>
    /// <param name="dockerfilePath">Relative to <paramref name="contextPath"/>; null: <c>Dockerfile</c>.</param>
    /// <param name="stage">The stage to build; null: the last.</param>
    public static IResourceBuilder<T> WithDockerfile<T>(this IResourceBuilder<T> builder, string contextPath, string? dockerfilePath = null, string? stage = null)
        where T : ContainerResource
    {
        var context = Path.GetFullPath(contextPath, builder.ApplicationBuilder.AppHostDirectory);
        return builder.WithAnnotation(new DockerfileBuildAnnotation(context, Path.GetFullPath(dockerfilePath ?? "Dockerfile", context), stage));
    }
}
