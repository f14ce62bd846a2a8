using System.Net;
using System.Net.Sockets;

namespace Nbpy.Publishers.Tests.Live;

/// <summary>A TCP proxy before an emulator that breaks the wire below the protocol: pieces of one byte, a cut in the middle
/// of a message, a connection closed as soon as it is accepted, a reset.</summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly int target;
    private readonly CancellationTokenSource stop = new();
    private readonly List<Task> pumps = [];
    private readonly Task accepting;
    private int closeAtOnce;

    public TcpProxy(int target)
    {
        this.target = target;
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Bytes per write towards the client; null passes on what came.</summary>
    public int? Piece { get; set; }

    /// <summary>After that many bytes towards the client the connection is reset, once.</summary>
    public long? CutAfter { get; set; }

    /// <summary>Connections accepted.</summary>
    public int Connections { get; private set; }

    /// <summary>The next connections are closed as soon as they are accepted.</summary>
    public void CloseNext(int count) => Volatile.Write(ref closeAtOnce, count);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await accepting.WaitAsync(TimeSpan.FromSeconds(10));
        await Task.WhenAll(pumps).WaitAsync(TimeSpan.FromSeconds(10));
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(stop.Token);
                Connections++;
                if (closeAtOnce > 0)
                {
                    closeAtOnce--;
                    client.Dispose();
                    continue;
                }

                pumps.Add(ForwardAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }

    private async Task ForwardAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            client.NoDelay = true;
            await server.ConnectAsync(IPAddress.Loopback, target);
            server.NoDelay = true;
            await Task.WhenAny(
                PumpAsync(client.GetStream(), server.GetStream(), towardsClient: false, client),
                PumpAsync(server.GetStream(), client.GetStream(), towardsClient: true, client));
        }
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to, bool towardsClient, TcpClient client)
    {
        var buffer = new byte[8192];
        try
        {
            while (await from.ReadAsync(buffer, stop.Token) is var count and > 0)
            {
                var step = towardsClient ? Piece ?? count : count;
                for (var i = 0; i < count; i += step)
                {
                    var length = Math.Min(step, count - i);
                    if (towardsClient && CutAfter is { } left)
                    {
                        CutAfter = left - length;
                        if (left <= length)
                        {
                            await to.WriteAsync(buffer.AsMemory(i, (int)left), stop.Token);
                            CutAfter = null;
                            client.LingerState = new LingerOption(true, 0);
                            return;
                        }
                    }

                    await to.WriteAsync(buffer.AsMemory(i, length), stop.Token);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
            // One side has gone, or the test has ended.
        }
    }
}
