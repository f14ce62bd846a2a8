using System.Net;
using System.Net.Sockets;

namespace Nbpy.Hosting.Tests;

/// <summary>A client of the echo program.</summary>
internal sealed class Client : IDisposable
{
    private readonly TcpClient tcp = new();
    private StreamReader? reader;

    public static async Task<Client> OpenAsync(int port, CancellationToken cancellationToken)
    {
        var client = new Client();
        await client.tcp.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
        client.reader = new StreamReader(client.tcp.GetStream());
        return client;
    }

    public static bool CanConnect(int port)
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>The id of the process that answers; null when the connection ends instead.</summary>
    public async Task<string?> AskAsync(string line, CancellationToken cancellationToken)
    {
        try
        {
            await tcp.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(line + "\n"), cancellationToken);
            return (await reader!.ReadLineAsync(cancellationToken))?.Split(' ')[0];
        }
        catch (IOException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        reader?.Dispose();
        tcp.Dispose();
    }
}
