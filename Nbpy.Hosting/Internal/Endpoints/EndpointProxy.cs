using System.Net;
using System.Net.Sockets;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal.Endpoints;

/// <summary>Listens on an endpoint's public port and passes each connection on to one of the resource's processes, in turn. While none of them
/// listens (not started yet, or being restarted) a new connection is held up to <see cref="HoldLimit"/> and then closed; a process's end closes
/// the connections it had. At most <see cref="MaxConnections"/> at a time; one more is closed at once.</summary>
internal sealed class EndpointProxy : IAsyncDisposable
{
    public const int MaxConnections = 1_024;
    public static readonly TimeSpan HoldLimit = TimeSpan.FromSeconds(5);
    private const int BufferBytes = 16 * 1_024;
    private const int Backlog = 128;
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(200);
    private static readonly IPAddress[] Targets = [IPAddress.Loopback, IPAddress.IPv6Loopback];
    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private readonly HashSet<Task> connections = [];
    private readonly List<Socket> listeners = [];
    private readonly List<Task> accepting = [];
    private readonly IReadOnlyList<int> targets;
    private readonly TimeProvider time;
    private int next = -1;

    private EndpointProxy(IReadOnlyList<int> targets, TimeProvider time)
    {
        this.targets = targets;
        this.time = time;
    }

    /// <summary>Listens from now on: on loopback, or on every address when the endpoint is external.</summary>
    /// <exception cref="DistributedApplicationException">The port is taken.</exception>
    public static EndpointProxy Start(IResource resource, EndpointAnnotation endpoint, TimeProvider time)
    {
        var proxy = new EndpointProxy(endpoint.InstancePorts, time);
        var port = endpoint.AllocatedPort!.Value;
        try
        {
            proxy.Listen(new IPEndPoint(endpoint.IsExternal ? IPAddress.Any : IPAddress.Loopback, port));
        }
        catch (SocketException e)
        {
            proxy.stop.Dispose();
            throw new DistributedApplicationException($"Port {port}, on which the endpoint '{endpoint.Name}' of '{resource.Name}' is to be reached, cannot be listened on: {e.Message}. Stop what holds it, or choose another.");
        }

        try
        {
            proxy.Listen(new IPEndPoint(endpoint.IsExternal ? IPAddress.IPv6Any : IPAddress.IPv6Loopback, port));
        }
        catch (SocketException)
        {
            // No IPv6 here, or its side of the port is taken: "localhost" is found by its IPv4 address.
        }

        return proxy;
    }

    /// <summary>Listens no more and ends every connection.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        foreach (var listener in listeners)
            listener.Dispose();
        await Task.WhenAll(accepting).ConfigureAwait(false);
        Task[] open;
        lock (gate)
            open = [.. connections];
        await Task.WhenAll(open).ConfigureAwait(false);
        stop.Dispose();
    }

    private void Listen(IPEndPoint address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.AddressFamily == AddressFamily.InterNetworkV6)
                socket.DualMode = false;
            socket.Bind(address);
            socket.Listen(Backlog);
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }

        listeners.Add(socket);
        accepting.Add(AcceptAsync(socket, stop.Token));
    }

    private async Task AcceptAsync(Socket listener, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                Begin(await listener.AcceptAsync(cancellationToken).ConfigureAwait(false), cancellationToken);
            }
            catch (Exception e) when (cancellationToken.IsCancellationRequested && e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }
            catch (SocketException)
            {
                // The client is gone again, or descriptors have run out: the next one may do better, a moment later.
                await Task.Delay(AcceptPause, time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private void Begin(Socket client, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (connections.Count >= MaxConnections)
            {
                Reset(client);
                return;
            }

            var connection = Task.Run(() => ServeAsync(client, cancellationToken), CancellationToken.None);
            connections.Add(connection);
            _ = connection.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private void Forget(Task connection)
    {
        lock (gate)
            connections.Remove(connection);
    }

    private async Task ServeAsync(Socket client, CancellationToken cancellationToken)
    {
        using (client)
        {
            using var target = await ConnectAsync(cancellationToken).ConfigureAwait(false);
            if (target is null)
            {
                Reset(client);
                return;
            }

            client.NoDelay = target.NoDelay = true;
            using var broken = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var there = PumpAsync(client, target, broken);
            var back = PumpAsync(target, client, broken);
            var whole = await Task.WhenAll(there, back).ConfigureAwait(false);
            if (whole.Contains(false))
                Reset(client);
        }
    }

    /// <summary>The first process, from the one whose turn it is, that takes the connection; null when none does in time.</summary>
    private async Task<Socket?> ConnectAsync(CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        try
        {
            while (true)
            {
                var first = Interlocked.Increment(ref next) & int.MaxValue;
                for (var i = 0; i < targets.Count; i++)
                    foreach (var address in Targets)
                        if (await TryConnectAsync(new IPEndPoint(address, targets[(first + i) % targets.Count]), cancellationToken).ConfigureAwait(false) is { } socket)
                            return socket;
                if (time.GetElapsedTime(since) >= HoldLimit)
                    return null;
                await Task.Delay(RetryPause, time, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The host stops.
            return null;
        }
    }

    private static async Task<Socket?> TryConnectAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        Socket? socket = null;
        try
        {
            socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch (SocketException)
        {
            // Nobody listens there now.
            socket?.Dispose();
            return null;
        }
        catch (OperationCanceledException)
        {
            socket?.Dispose();
            throw;
        }
    }

    /// <summary>Bytes one way until their end, which is passed on. False: the connection broke, which ends the other way too.</summary>
    private static async Task<bool> PumpAsync(Socket from, Socket to, CancellationTokenSource broken)
    {
        var buffer = new byte[BufferBytes];
        try
        {
            while (await from.ReceiveAsync(buffer, broken.Token).ConfigureAwait(false) is > 0 and var count)
                for (var sent = 0; sent < count;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), broken.Token).ConfigureAwait(false);
            to.Shutdown(SocketShutdown.Send);
            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One side has broken off, or the host stops: the peers see it.
            await broken.CancelAsync().ConfigureAwait(false);
            return false;
        }
    }

    /// <summary>Closes so that the peer sees a broken connection, not an end.</summary>
    private static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }
}
