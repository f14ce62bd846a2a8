using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Nbpy.ServiceDefaults;

/// <summary>A program's verb <c>health</c>: asks the one that runs in the same container, for engines that ask by a command.</summary>
/// <remarks>An engine starts it in every container every ten seconds, so it asks on a plain socket: with an HTTP client it takes 120 ms of processor time
/// instead of 55.</remarks>
public static class HealthProbe
{
    private const int LimitMilliseconds = 4_000;
    private const int Longest = 64 * 1024;
    private const int StatusLength = 12; // "HTTP/1.1 200"

    /// <summary>True when the arguments are the verb alone.</summary>
    public static bool IsAsked(string[] args) => args is ["health"];

    /// <summary>Asks <c>/health</c> on the port of <see cref="EnvironmentNames.HealthPort"/>.</summary>
    /// <returns>0 healthy; 1 not, and why on standard error.</returns>
    public static int Run()
    {
        var port = Environment.GetEnvironmentVariable(EnvironmentNames.HealthPort);
        if (ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return Run(Loopback(), number, "/health");
        Console.Error.WriteLine($"{EnvironmentNames.HealthPort} is '{port}', which is no port.");
        return 1;
    }

    /// <summary>Asks a port of this machine's loopback.</summary>
    /// <param name="port">TCP port.</param>
    /// <param name="path">Answers with a status from 200 to 299 when healthy.</param>
    /// <returns>0 healthy; 1 not, and why on standard error.</returns>
    public static int Run(int port, string path) => Run(IPAddress.Loopback, port, path);

    private static int Run(IPAddress address, int port, string path)
    {
        var server = new IPEndPoint(address, port);
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { SendTimeout = LimitMilliseconds, ReceiveTimeout = LimitMilliseconds };
            socket.Connect(server);
            socket.Send(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n\r\n"));
            var answer = Receive(socket, StatusLength);
            // "HTTP/1.1 200 OK"
            if (answer.StartsWith("HTTP/1.", StringComparison.Ordinal) && answer.Length == StatusLength && answer[9] == '2')
                return 0;
            Console.Error.WriteLine($"http://{server}{path}: {answer}{Receive(socket, Longest)}");
        }
        catch (SocketException e)
        {
            Console.Error.WriteLine($"http://{server}{path}: {e.Message}");
        }

        return 1;
    }

    /// <summary>So many bytes, or fewer where the other end closes.</summary>
    private static string Receive(Socket socket, int most)
    {
        var bytes = new byte[most];
        var length = 0;
        while (length < most && socket.Receive(bytes.AsSpan(length)) is > 0 and var count)
            length += count;
        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    /// <summary>The bound address, where it is one; 0.0.0.0 answers on loopback too.</summary>
    private static IPAddress Loopback() =>
        IPAddress.TryParse(Environment.GetEnvironmentVariable(EnvironmentNames.BindHost), out var bound) && !bound.Equals(IPAddress.Any) && !bound.Equals(IPAddress.IPv6Any)
            ? bound : IPAddress.Loopback;
}
