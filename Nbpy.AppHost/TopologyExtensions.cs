namespace Nbpy.AppHost;

/// <summary>Small words for the topology.</summary>
internal static class TopologyExtensions
{
    /// <summary>Waits for each of them that exists: a part that somebody else runs is no resource here.</summary>
    public static IResourceBuilder<T> WaitForAll<T>(this IResourceBuilder<T> resource, params IEnumerable<IResourceBuilder<IResource>?> dependencies)
        where T : IResourceWithWaitSupport
    {
        foreach (var dependency in dependencies)
            if (dependency is not null)
                resource.WaitFor(dependency);
        return resource;
    }

    /// <summary>The PUB socket of a publisher: the port is the configuration's, so no proxy stands before it.</summary>
    public static IResourceBuilder<ProjectResource> WithZmqEndpoint(this IResourceBuilder<ProjectResource> resource, int port) =>
        resource.WithEndpoint(port: port, targetPort: port, scheme: "tcp", name: "zmq", isProxied: false);
}
