using System.Net;
using System.Net.Sockets;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal;

/// <summary>Gives every endpoint its port: the one asked for, or a free one of the system's.</summary>
internal static class EndpointAllocation
{
    private static readonly HashSet<int> Given = [];

    public static void Allocate(IResource resource)
    {
        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
        {
            // Without a proxy a program listens where others connect; only a container has two sides.
            endpoint.AllocatedPort ??= endpoint.Port ?? (resource is ContainerResource ? FreePort() : endpoint.TargetPort ?? FreePort());
            if (resource is not ContainerResource)
                endpoint.TargetPort = endpoint.AllocatedPort;
        }
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
}
