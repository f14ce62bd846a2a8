using System.Net;
using System.Net.Sockets;

namespace Nbpy.Shared.Tests;

/// <summary>Ports of this machine.</summary>
internal static class Ports
{
    /// <summary>A TCP port that nobody listens on now.</summary>
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
