using System.Net;
using System.Net.Sockets;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal.Endpoints;

/// <summary>Gives every endpoint its port: the one asked for, or a free one of the system's. A proxied endpoint has two sides, the public port and
/// a port of each process; an unproxied one has one; a container's two sides are the runtime's.</summary>
internal static class EndpointAllocation
{
    private static readonly HashSet<int> Given = [];

    /// <exception cref="DistributedApplicationException">The endpoints cannot be as they are described; the message says the mend.</exception>
    public static void Allocate(IResource resource)
    {
        var instances = ResourceInstances.CountOf(resource);
        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>().Where(e => e.AllocatedPort is null))
        {
            if (resource is ContainerResource)
                endpoint.AllocatedPort = endpoint.Port ?? FreePort();
            else if (HasProxy(resource, endpoint))
                AllocateProxied(resource, endpoint, instances);
            else if (instances > 1)
                throw new DistributedApplicationException($"'{resource.Name}' has {instances} replicas, and its endpoint '{endpoint.Name}' has no proxy: they cannot all listen on one port. Leave isProxied: false out, or WithReplicas.");
            else
                endpoint.TargetPort = endpoint.AllocatedPort = endpoint.Port ?? endpoint.TargetPort ?? FreePort();
        }
    }

    /// <summary>Whether the host listens on the endpoint's port and passes on. UDP has no connections to pass on.</summary>
    public static bool HasProxy(IResource resource, EndpointAnnotation endpoint) =>
        resource is not ContainerResource && endpoint is { IsProxied: true, Protocol: ProtocolType.Tcp };

    public static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static void AllocateProxied(IResource resource, EndpointAnnotation endpoint, int instances)
    {
        if (endpoint.Port is { } port && port == endpoint.TargetPort)
            throw new DistributedApplicationException($"The endpoint '{endpoint.Name}' of '{resource.Name}' has a proxy, which cannot listen on the program's own port {port}. Leave targetPort out and tell the program its port by env, or set isProxied: false.");
        if (instances > 1 && endpoint.TargetPort is { } target)
            throw new DistributedApplicationException($"'{resource.Name}' has {instances} replicas, which cannot all listen on the targetPort {target} of its endpoint '{endpoint.Name}'. Leave targetPort out and tell the program its port by env.");
        endpoint.AllocatedPort = endpoint.Port ?? FreePort();
        endpoint.InstancePorts = [.. Enumerable.Range(0, instances).Select(_ => endpoint.TargetPort ?? FreePort())];
        endpoint.TargetPort = endpoint.InstancePorts[0];
    }

    /// <summary>A free port below the range from which the system serves outgoing connections: there, one of those could take the
    /// port between now and the program's start.</summary>
    private static int FreePort()
    {
        const int first = 20_000;
        const int last = 32_000;
        for (var tries = 0; tries < 1_000; tries++)
        {
            var port = Random.Shared.Next(first, last);
            lock (Given)
                if (Given.Contains(port) || !IsFree(port) || !Given.Add(port))
                    continue;
            return port;
        }

        throw new DistributedApplicationException($"No free port was found between {first} and {last}.");
    }
}
