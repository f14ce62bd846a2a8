using System.Globalization;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Publishing;

/// <summary>What every publisher asks of a resource, whatever it writes.</summary>
internal static class PublishedResource
{
    /// <summary>Whether the resource is published to this environment: the one it chose, or any where it chose none.</summary>
    public static bool IsPublishedTo(this IResource resource, IResource environment) =>
        resource.Annotations.OfType<ComputeEnvironmentAnnotation>().LastOrDefault() is not { } chosen || chosen.ComputeEnvironment == environment;

    /// <summary>The image that it names; null where one has to be built for it.</summary>
    public static string? NamedImage(this IResource resource) =>
        resource.Annotations.OfType<ContainerImageAnnotation>().LastOrDefault() is { } image && !resource.Annotations.OfType<DockerfileBuildAnnotation>().Any()
            ? image.Tag is null ? image.Image : $"{image.Image}:{image.Tag}" : null;

    /// <summary>Its variables.</summary>
    public static async Task<IReadOnlyDictionary<string, object>> VariablesAsync(this IResource resource, PublishingContext context)
    {
        var variables = new EnvironmentCallbackContext(context.ExecutionContext, resource, context.CancellationToken);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToList())
            await annotation.Callback(variables).ConfigureAwait(false);
        return variables.EnvironmentVariables;
    }

    /// <summary>Its arguments.</summary>
    public static async Task<IEnumerable<object>> ArgumentsAsync(this IResource resource, PublishingContext context)
    {
        var arguments = new CommandLineArgsCallbackContext([], context.CancellationToken);
        foreach (var annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>().ToList())
            await annotation.Callback(arguments).ConfigureAwait(false);
        return arguments.Args;
    }

    /// <summary>The endpoint that a reference means.</summary>
    /// <exception cref="DistributedApplicationException">There is none of that name.</exception>
    public static EndpointAnnotation Annotation(this EndpointReference endpoint) =>
        endpoint.Resource.Annotations.OfType<EndpointAnnotation>().FirstOrDefault(e => e.Name == endpoint.EndpointName)
            ?? throw new DistributedApplicationException($"'{endpoint.Resource.Name}' has no endpoint '{endpoint.EndpointName}'.");

    /// <summary>The port that the program itself listens at.</summary>
    /// <exception cref="DistributedApplicationException">It has none.</exception>
    public static int InnerPort(this IResource resource, EndpointAnnotation endpoint) => endpoint.TargetPort ?? endpoint.Port
        ?? throw new DistributedApplicationException($"The endpoint '{endpoint.Name}' of '{resource.Name}' has no port; give it a targetPort to publish it.");

    /// <summary>A part of an endpoint's address, as text.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="property">The part.</param>
    /// <param name="host">The name that others reach it by.</param>
    /// <param name="port">The port that they reach it at.</param>
    /// <param name="innerPort">The port that it listens at.</param>
    public static string Part(this EndpointAnnotation endpoint, EndpointProperty property, string host, int port, int innerPort) => property switch
    {
        EndpointProperty.Url => string.Create(CultureInfo.InvariantCulture, $"{endpoint.UriScheme}://{host}:{port}"),
        EndpointProperty.Host or EndpointProperty.IPV4Host => host,
        EndpointProperty.Scheme => endpoint.UriScheme,
        EndpointProperty.HostAndPort => string.Create(CultureInfo.InvariantCulture, $"{host}:{port}"),
        EndpointProperty.TargetPort => innerPort.ToString(CultureInfo.InvariantCulture),
        _ => port.ToString(CultureInfo.InvariantCulture),
    };
}
