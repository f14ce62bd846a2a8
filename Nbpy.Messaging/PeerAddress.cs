using System.Net;
using System.Net.Sockets;

namespace Nbpy.Messaging;

/// <summary>Where a peer is. A name may have no address yet (a container that starts later) or get another one (a container made anew); NetMQ
/// looks a name up once, when it connects, and fails where there is none.</summary>
internal static class PeerAddress
{
    /// <summary><c>tcp://address:port</c>; null while the name has no address.</summary>
    public static string? Resolve(string host, int port)
    {
        if (host == "localhost" || IPAddress.TryParse(host, out _))
            return $"tcp://{host}:{port}";
        try
        {
            var addresses = Dns.GetHostAddresses(host, AddressFamily.InterNetwork);
            return addresses.Length == 0 ? null : $"tcp://{addresses.MinBy(a => a.ToString(), StringComparer.Ordinal)}:{port}";
        }
        catch (SocketException)
        {
            // Not known (yet).
            return null;
        }
    }
}
