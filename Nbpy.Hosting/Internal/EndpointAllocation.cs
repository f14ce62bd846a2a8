using System.Net;
using System.Net.Sockets;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal;

/// <summary>Gives every endpoint its port: the one asked for, or a free one of the system's.</summary>
internal static class EndpointAllocation
{
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

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
