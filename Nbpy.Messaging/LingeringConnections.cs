using System.Globalization;
using System.Net.NetworkInformation;

namespace Nbpy.Messaging;

/// <summary>Waits until what a ZeroMQ socket holds has left this machine. NetMQ sends in the background and tells nobody how far it is, and it
/// closes a connection in a way that drops what the system has not sent yet; so the system's table of connections is asked.</summary>
internal static class LingeringConnections
{
    private const string Established = "01";
    private const string CloseWait = "08";

    /// <summary>An empty send queue may be filled again at once; this many looks at it in a row say that nothing more comes.</summary>
    private const int QuietLooks = 5;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);

    /// <summary>Waits until every peer of a port has taken what was sent to it.</summary>
    /// <returns>False when some have not after <paramref name="limit"/>.</returns>
    public static bool WaitUntilSent(int port, TimeSpan limit)
    {
        var quiet = 0;
        return Wait(() => (quiet = IsQueued(port) ? 0 : quiet + 1) >= QuietLooks, limit);
    }

    /// <summary>Waits until no peer is connected to a port that is no longer listened on.</summary>
    /// <returns>False when some still are after <paramref name="limit"/>.</returns>
    public static bool WaitUntilClosed(int port, TimeSpan limit) => Wait(() => !IsConnected(port), limit);

    private static bool Wait(Func<bool> done, TimeSpan limit)
    {
        var start = TimeProvider.System.GetTimestamp();
        using var pause = new ManualResetEventSlim();
        while (!done())
        {
            if (TimeProvider.System.GetElapsedTime(start) >= limit)
                return false;
            pause.Wait(Poll);
        }

        return true;
    }

    /// <summary>By Linux's table (proc(5), /proc/net/tcp): local address and port, remote ones, state, send queue and receive queue, all in
    /// hexadecimal. Elsewhere nothing is known, and nothing waited for.</summary>
    private static bool IsQueued(int port)
    {
        foreach (var table in (string[])["/proc/net/tcp", "/proc/net/tcp6"])
        {
            if (!File.Exists(table))
                continue;
            foreach (var line in File.ReadLines(table).Skip(1))
            {
                var columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (columns.Length > 4 && columns[3] is (Established or CloseWait)
                    && int.TryParse(columns[1].AsSpan(columns[1].IndexOf(':', StringComparison.Ordinal) + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var local)
                    && local == port && !columns[4].StartsWith("00000000:", StringComparison.Ordinal))
                    return true;
            }
        }

        return false;
    }

    private static bool IsConnected(int port)
    {
        try
        {
            return Array.Exists(
                IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections(),
                c => c.LocalEndPoint.Port == port && c.State is (TcpState.Established or TcpState.CloseWait));
        }
        catch (Exception e) when (e is NetworkInformationException or PlatformNotSupportedException)
        {
            // A system without such a table: what is held goes as far as it gets.
            return false;
        }
    }
}
