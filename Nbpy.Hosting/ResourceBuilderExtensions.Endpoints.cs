using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Nbpy.Hosting.ApplicationModel;
using Nbpy.Hosting.Internal;

namespace Nbpy.Hosting;

/// <summary>Endpoints and health checks.</summary>
public static partial class ResourceBuilderExtensions
{
    /// <summary>An endpoint. Without a port one is chosen at start; <paramref name="env"/> names the variable that tells the
    /// program the port to listen on. Proxied (unless <paramref name="isProxied"/> is false): the host listens on the port, the program on
    /// <paramref name="targetPort"/> or a port of its own, and callers are held while the program restarts.</summary>
    public static IResourceBuilder<T> WithEndpoint<T>(
        this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? scheme = null, string? name = null,
        string? env = null, bool? isProxied = null, bool? isExternal = null, ProtocolType? protocol = null)
        where T : IResourceWithEndpoints
    {
        var annotation = new EndpointAnnotation(
            protocol ?? ProtocolType.Tcp, scheme ?? "tcp", name ?? scheme ?? "tcp", port, targetPort, isExternal, isProxied ?? true) { HasVariable = env is not null };
        if (builder.Resource.Annotations.OfType<EndpointAnnotation>().Any(e => e.Name == annotation.Name))
            throw new DistributedApplicationException($"'{builder.Resource.Name}' has an endpoint '{annotation.Name}' already.");
        builder.WithAnnotation(annotation);
        if (env is not null)
        {
            var reference = new EndpointReference(builder.Resource, annotation.Name);
            builder.WithAnnotation(new EnvironmentCallbackAnnotation(c =>
            {
                c.EnvironmentVariables[env] = reference.Property(EndpointProperty.TargetPort);
                return Task.CompletedTask;
            }));
        }

        return builder;
    }

    /// <summary>An endpoint of scheme <c>http</c>.</summary>
    public static IResourceBuilder<T> WithHttpEndpoint<T>(
        this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null, string? env = null, bool? isProxied = null)
        where T : IResourceWithEndpoints => builder.WithEndpoint(port, targetPort, "http", name, env, isProxied);

    /// <summary>An endpoint of scheme <c>https</c>.</summary>
    public static IResourceBuilder<T> WithHttpsEndpoint<T>(
        this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null, string? env = null, bool? isProxied = null)
        where T : IResourceWithEndpoints => builder.WithEndpoint(port, targetPort, "https", name, env, isProxied);

    /// <summary>Its HTTP endpoints are reachable from outside the machine.</summary>
    public static IResourceBuilder<T> WithExternalHttpEndpoints<T>(this IResourceBuilder<T> builder)
        where T : IResourceWithEndpoints
    {
        foreach (var endpoint in builder.Resource.Annotations.OfType<EndpointAnnotation>().Where(e => e.UriScheme is "http" or "https"))
            endpoint.IsExternal = true;
        return builder;
    }

    /// <summary>A reference to an endpoint of the resource.</summary>
    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, string name)
        where T : IResourceWithEndpoints => new(builder.Resource, name);

    /// <summary>Healthy when a GET of <paramref name="path"/> answers <paramref name="statusCode"/> (200).</summary>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(
        this IResourceBuilder<T> builder, string? path = null, int? statusCode = null, string? endpointName = null)
        where T : IResourceWithEndpoints
    {
        var name = endpointName ?? builder.Resource.Annotations.OfType<EndpointAnnotation>().FirstOrDefault(e => e.UriScheme is "http" or "https")?.Name
            ?? throw new DistributedApplicationException($"'{builder.Resource.Name}' has no HTTP endpoint to check.");
        var endpoint = new EndpointReference(builder.Resource, name);
        var key = $"{builder.Resource.Name}_{name}_{path}_{statusCode ?? 200}_check";
        builder.ApplicationBuilder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
            key, _ => new HttpHealthCheck(endpoint, path ?? "/", statusCode ?? 200), failureStatus: null, tags: null, timeout: TimeSpan.FromSeconds(5)));
        return builder.WithHealthCheck(key);
    }

    /// <summary>A health check of the host's services, by its registration's name.</summary>
    public static IResourceBuilder<T> WithHealthCheck<T>(this IResourceBuilder<T> builder, string key)
        where T : IResource => builder.WithAnnotation(new HealthCheckAnnotation(key));
}
